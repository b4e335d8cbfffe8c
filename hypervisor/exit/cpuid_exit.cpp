// SPDX-License-Identifier: Apache-2.0
// CPUID: the policy is exit/cpuid.cpp.
#include "exit/handlers.hpp"

#include "cpu/clock.hpp"
#include "cpu/registers.hpp"
#include "exit/cpuid.hpp"
#include "exit/xsave_size.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

namespace {

std::uint32_t guest_xsave_size()
{
    if ((read_cr4() & cr4::osxsave) == 0) // the processor has no XSAVE
        return 0;
    return compacted_xsave_size(read_xcr0(), [](unsigned i) { return cpuid(0xd, i); });
}

} // namespace

void handle_cpuid(Vcpu& vcpu, vmcs::MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    const auto leaf = static_cast<std::uint32_t>(r.rax),
               subleaf = static_cast<std::uint32_t>(r.rcx);
    const CpuidView view{
        .vcpu = vcpu.index,
        .vcpus = vcpu.domain->shared.info->vcpus,
        .tsc_khz = machine_clock().khz,
        .info_address = vcpu.domain->info_address,
        .ospke = (vmcs::read(port, vmcs::guest_cr4) & cr4::pke) != 0,
        .osxsave = (vmcs::read(port, vmcs::guest_cr4) & cr4::osxsave) != 0,
        .compacted_xsave_size = leaf == 0xd && subleaf == 1 ? guest_xsave_size() : 0,
    };
    const CpuidLeaf out = guest_cpuid(leaf, subleaf, cpuid(leaf, subleaf), view);
    r.rax = out.eax;
    r.rbx = out.ebx;
    r.rcx = out.ecx;
    r.rdx = out.edx;
    skip_instruction(port);
}

} // namespace lintel
