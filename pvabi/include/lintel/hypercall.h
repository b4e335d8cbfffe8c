/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls. Contract: docs/abi/hypercalls.md.
 *
 * VMCALL from ring 0 of a 64-bit guest. RAX = number, arguments in RDI, RSI, RDX, R10, R8; the result
 * comes in RAX, negative (status.h) on failure. All other registers are preserved. Arguments a call
 * does not have are ignored. A call with arguments has `flags` as the last; no bit is defined yet.
 *
 *   abi_revision()                        -> LINTEL_ABI_REVISION
 *   console_write(gpa, bytes, flags)      -> bytes taken, at most info.console_bytes
 *   console_read(gpa, bytes, flags)       -> bytes stored, 0 when none waits
 *   shutdown(reason, flags)               -> returns only on failure
 *   timer_set(deadline_ns, flags)         -> 0; system time, this vCPU, replaces the last deadline
 *   time_register(vcpu, gpa, flags)       -> 0; a second copy of the record, 32-byte aligned
 *   upcall_set(vector, flags)             -> 0; this vCPU, vector 32..255, or 0 for none
 *   event_bind_virq(virq, vcpu, flags)    -> port
 *   event_bind_ipi(vcpu, flags)           -> port
 *   event_close(port, flags)              -> 0
 *   event_send(port, flags)               -> 0
 *   event_unmask(port, flags)             -> 0; clears the mask bit, delivers what was pending
 */
#ifndef LINTEL_HYPERCALL_H
#define LINTEL_HYPERCALL_H

enum lintel_hypercall {
#define HYPERCALL(name, number, arguments) LINTEL_HC_##name = number,
#include "hypercalls.def"
#undef HYPERCALL
    LINTEL_HC_NUMBERS = 64 /* numbers are below this */
};

/* shutdown: why. */
#define LINTEL_SHUTDOWN_POWEROFF 0u
#define LINTEL_SHUTDOWN_REBOOT 1u
#define LINTEL_SHUTDOWN_CRASH 2u
#define LINTEL_SHUTDOWN_HALT 3u

#define LINTEL_CONSOLE_BYTES 4096u /* longest console transfer; the buffer may cross pages */

#endif
