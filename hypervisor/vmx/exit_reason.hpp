// SPDX-License-Identifier: Apache-2.0
// Basic exit reasons. Intel SDM Vol. 3, Appendix "VMX Basic Exit Reasons".
#pragma once

#include <cstdint>

namespace lintel {

enum class ExitReason : std::uint16_t {
    exception_or_nmi = 0,
    external_interrupt = 1,
    triple_fault = 2,
    init_signal = 3,
    startup_ipi = 4,
    interrupt_window = 7,
    nmi_window = 8,
    task_switch = 9,
    cpuid = 10,
    getsec = 11,
    hlt = 12,
    invd = 13,
    rdpmc = 15,
    vmcall = 18,
    vmclear = 19, // 19..27: the VMX instructions
    vmxon = 27,
    control_register = 28,
    port_io = 30,
    msr_read = 31,
    msr_write = 32,
    entry_failure_guest_state = 33,
    entry_failure_msr_loading = 34,
    mwait = 36,
    monitor = 39,
    pause = 40,
    entry_failure_machine_check = 41,
    ept_violation = 48,
    ept_misconfiguration = 49,
    invept = 50,
    preemption_timer = 52,
    invvpid = 53,
    wbinvd = 54,
    xsetbv = 55,
    invpcid = 58,
    vmfunc = 59,
    encls = 60,
};

// Bit 31 of the exit-reason field: the entry did not happen.
inline constexpr std::uint32_t entry_failed = 1u << 31;

} // namespace lintel
