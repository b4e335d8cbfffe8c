// SPDX-License-Identifier: Apache-2.0
// What is known of a vCPU, printed before its domain dies and in a panic.
#include "cpu/log.hpp"
#include "exit/handlers.hpp"

namespace lintel {

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
