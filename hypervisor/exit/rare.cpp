// SPDX-License-Identifier: Apache-2.0
// Exits that no well-behaved guest causes.
#include "cpu/panic.hpp"
#include "exit/handlers.hpp"

namespace lintel {

void handle_rare_exit(Vcpu& vcpu, vmcs::MachinePort& port)
{
    const auto reason = static_cast<ExitReason>(vmcs::read(port, vmcs::exit_reason) & 0xffff);
    switch (reason) {
    case ExitReason::triple_fault:
        return vcpu.domain->crash("triple fault");
    case ExitReason::task_switch:
        return vcpu.domain->crash("hardware task switch");
    case ExitReason::invd:
    case ExitReason::rdpmc:
        return vcpu.injection.raise(Exception::gp);
    case ExitReason::init_signal: // nobody sends any to a CPU that runs; the guest loses nothing
    case ExitReason::startup_ipi:
        return;
    case ExitReason::ept_misconfiguration:
        panic("EPT misconfiguration");
    default:
        break;
    }
    // The VMX instructions, GETSEC, MONITOR, MWAIT, ENCLS and what is not enabled: not there.
    vcpu.injection.raise(Exception::ud);
}

} // namespace lintel
