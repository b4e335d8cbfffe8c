// SPDX-License-Identifier: Apache-2.0
// Exits that no well-behaved guest causes.
#include "cpu/log.hpp"
#include "cpu/panic.hpp"
#include "exit/handlers.hpp"

namespace lintel {

void handle_rare_exit(Vcpu& vcpu, ExitReason reason)
{
    switch (reason) {
    case ExitReason::triple_fault:
        return vcpu.domain->crash("triple fault");
    case ExitReason::task_switch:
        return vcpu.domain->crash("hardware task switch");
    case ExitReason::invd:
    case ExitReason::rdpmc:
        return vcpu.injection.raise(Exception::gp);
    case ExitReason::init_signal: // no processor of ours sends them; the guest loses nothing
    case ExitReason::startup_ipi:
        return;
    case ExitReason::ept_misconfiguration:
        panic("EPT misconfiguration");
    case ExitReason::entry_failure_machine_check:
        panic("machine check during VM entry");
    default:
        break;
    }
    // The VMX instructions, GETSEC, MONITOR, MWAIT, ENCLS and what is not enabled: not there.
    vcpu.injection.raise(Exception::ud);
}

void log_vcpu(const Vcpu& vcpu)
{
    constexpr auto e = LogLevel::error;
    vmcs::MachinePort port;
    const GuestRegisters& r = vcpu.registers;
    log(e, "domain {} vCPU {}: last exit {}, qualification {:x}", vcpu.domain->id.number,
        vcpu.index, vmcs::read(port, vmcs::exit_reason),
        vmcs::read(port, vmcs::exit_qualification));
    log(e, "rax {:016x} rbx {:016x} rcx {:016x} rdx {:016x}", r.rax, r.rbx, r.rcx, r.rdx);
    log(e, "rsi {:016x} rdi {:016x} rbp {:016x} rsp {:016x}", r.rsi, r.rdi, r.rbp,
        vmcs::read(port, vmcs::guest_rsp));
    log(e, "r8  {:016x} r9  {:016x} r10 {:016x} r11 {:016x}", r.r8, r.r9, r.r10, r.r11);
    log(e, "r12 {:016x} r13 {:016x} r14 {:016x} r15 {:016x}", r.r12, r.r13, r.r14, r.r15);
    log(e, "rip {:016x} cs {:x} rflags {:x} ss {:x}", vmcs::read(port, vmcs::guest_rip),
        vmcs::read(port, vmcs::guest_cs), vmcs::read(port, vmcs::guest_rflags),
        vmcs::read(port, vmcs::guest_ss));
    log(e, "cr0 {:x} cr3 {:x} cr4 {:x} efer {:x}", vmcs::read(port, vmcs::guest_cr0),
        vmcs::read(port, vmcs::guest_cr3), vmcs::read(port, vmcs::guest_cr4),
        vmcs::read(port, vmcs::guest_efer));
}

} // namespace lintel
