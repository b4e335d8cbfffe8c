// SPDX-License-Identifier: Apache-2.0
// RDMSR and WRMSR: the policy is exit/msr.hpp.
#include "exit/handlers.hpp"

#include "cpu/cpuid.hpp"
#include "cpu/log.hpp"
#include "exit/arch_capabilities.hpp"
#include "exit/msr.hpp"
#include "exit/operands.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

namespace {

std::uint64_t machine_msr(Msr msr)
{
    constexpr std::uint32_t has_arch_capabilities = 1u << 29;
    if (msr != Msr::arch_capabilities)
        return read_msr(msr);
    const bool present = (cpuid(7).edx & has_arch_capabilities) != 0;
    return guest_arch_capabilities(present ? read_msr(msr) : 0, cpuid(1).eax);
}

} // namespace

void handle_msr_read(Vcpu& vcpu, vmcs::MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    auto value = guest_read_msr(port, static_cast<Msr>(r.rcx), machine_msr);
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
    if (!guest_write_msr(port, static_cast<Msr>(r.rcx), edx_eax(r), vcpu.pinned).ok()) {
        ++vcpu.stats().msr_refused;
        log(LogLevel::debug, "WRMSR {:x} refused", static_cast<std::uint32_t>(r.rcx));
        return vcpu.injection.raise(Exception::gp);
    }
    skip_instruction(port);
}

} // namespace lintel
