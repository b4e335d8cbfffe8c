/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls. Contract: docs/abi/hypercalls.md.
 *
 * VMCALL from ring 0 of a 64-bit guest. RAX = number, arguments in RDI, RSI, RDX, R10, R8; the result
 * comes in RAX, negative (status.h) on failure. All other registers are preserved, but for RDX where a
 * second result is said below. Arguments a call does not have are ignored. A call with arguments has
 * `flags` as the last; unknown bits are refused.
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
 *   vcpu_start(vcpu, gpa, flags)          -> 0; gpa of struct lintel_vcpu_start, 8-byte aligned
 *   vcpu_stop(flags)                      -> this vCPU ends; returns only on failure
 *   vcpu_state(vcpu, flags)               -> LINTEL_VCPU_*
 *   vcpu_yield(flags)                     -> 0; others first
 *   vcpu_wait(flags)                      -> 0; blocks until vcpu_kick, or as HLT does
 *   vcpu_kick(vcpu, flags)                -> 0; ends the vCPU's vcpu_wait, the present or the next
 *   vcpu_nmi(vcpu, flags)                 -> 0; an NMI for the vCPU
 *   irq_bind(gsi, vcpu, flags)            -> port; dom0, LINTEL_IRQ_* flags
 *   irq_eoi(port, flags)                  -> 0; the level-triggered interrupt has been served
 *   msi_bind(gpa, vcpu, flags)            -> port; stores a struct lintel_msi, 8-byte aligned; dom0
 *   event_move(port, vcpu, flags)         -> 0; the port's events go to another vCPU
 *   memory_release(gpa, frames, flags)    -> frames given back, at least one; call again for the rest
 *   memory_claim(gpa, frames, flags)      -> frames taken back, at least one; call again for the rest
 *   domain_create(gpa, flags)             -> number; gpa of a struct lintel_domain_create; dom0, and so on:
 *   domain_destroy(domain, flags)         -> 0: it is gone; above 0: call again
 *   domain_populate(domain, gpa, frames, flags) -> frames done, at least one; call again for the rest
 *   domain_start(domain, gpa, flags)      -> 0; gpa of a struct lintel_domain_start
 *   domain_pause(domain, flags)           -> 0; none of its vCPUs runs any more
 *   domain_unpause(domain, flags)         -> 0
 *   domain_info(domain, gpa, flags)       -> 0; gpa of a struct lintel_domain_info
 *   domain_shutdown(domain, reason, flags) -> 0; the guest is asked to end
 *   shutdown_wanted(flags)                -> LINTEL_SHUTDOWN_*, what dom0 asked this domain for; anyone
 *   machine_info(gpa, flags)              -> 0; gpa of a struct lintel_machine_info; dom0
 *   log_read(position, gpa, bytes, flags) -> bytes stored: a struct lintel_log_chunk and text; dom0
 *   foreign_map(domain, gpa, frames, result_gpa, flags) -> handle; stores machine addresses; dom0
 *   foreign_unmap(gpa, count, flags)      -> elements done; struct lintel_grant_unmap[count]; dom0
 *   grant_map(gpa, count, flags)          -> elements done; struct lintel_grant_map[count]
 *   grant_unmap(gpa, count, flags)        -> elements done; struct lintel_grant_unmap[count]
 *   grant_copy(gpa, count, flags)         -> elements done; struct lintel_grant_copy[count]
 *   grant_revoke(ref, flags)              -> 0; nobody uses the entry, which is cleared, any more
 *   grant_revoke_batch(gpa, count, flags) -> elements done; struct lintel_grant_revoke[count]
 *   event_alloc(domain, peer, flags)      -> port of `domain` that awaits `peer`; dom0, or SELF
 *   event_bind(domain, port, vcpu, flags) -> port bound to `port` of `domain`, which awaits the caller
 *   seal_declare(gpa, count, flags)       -> elements done; struct lintel_seal_range[count]
 *   seal(root, flags)                     -> 0: sealed; above 0: call again. RDX: the entry refused, or 0
 *   pt_exchange(gpa, value, flags)        -> 0. RDX: what the entry was
 *   pt_batch(first, end, flags)           -> slots done of [first, end) of the vCPU's command buffer
 *   pt_donate(gpa, pages, flags)          -> pages done, at least one; call again for the rest
 *   pt_withdraw(gpa, pages, flags)        -> 0: plain; above 0: call again. RDX: the entry that refers, or 0
 *   text_write(gpa, value, bytes, flags)  -> 0; the lowest `bytes` bytes of `value`, within 8 aligned ones
 *   text_make(gpa, pages, flags)          -> 0: text; above 0: call again. RDX: the entry in the way, or 0
 *   text_drop(gpa, pages, flags)          -> 0: plain; above 0: call again. RDX: the entry in the way, or 0
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
