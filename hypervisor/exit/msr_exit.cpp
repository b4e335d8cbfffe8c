// SPDX-License-Identifier: Apache-2.0
// RDMSR and WRMSR: the policy is exit/msr.hpp.
#include "exit/handlers.hpp"

#include "cpu/log.hpp"
#include "exit/msr.hpp"
#include "exit/operands.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

void handle_msr_read(Vcpu& vcpu, vmcs::MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    auto value = guest_read_msr(port, static_cast<Msr>(r.rcx), read_msr);
    if (!value.ok()) {
        ++vcpu.stats().msr_refused;
        log(LogLevel::debug, "RDMSR {:x} refused", static_cast<std::uint32_t>(r.rcx));
        return vcpu.injection.raise(Exception::gp);
    }
    r.rax = value.value() & 0xffff'ffff;
    r.rdx = value.value() >> 32;
    skip_instruction(port);
}

void handle_msr_write(Vcpu& vcpu, vmcs::MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    if (!guest_write_msr(port, static_cast<Msr>(r.rcx), edx_eax(r)).ok()) {
        ++vcpu.stats().msr_refused;
        log(LogLevel::debug, "WRMSR {:x} refused", static_cast<std::uint32_t>(r.rcx));
        return vcpu.injection.raise(Exception::gp);
    }
    skip_instruction(port);
}

} // namespace lintel
