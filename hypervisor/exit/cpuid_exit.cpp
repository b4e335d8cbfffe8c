// SPDX-License-Identifier: Apache-2.0
// CPUID: the policy is exit/cpuid.cpp.
#include "exit/handlers.hpp"

#include "cpu/clock.hpp"
#include "cpu/registers.hpp"
#include "cpu/xsave.hpp"
#include "exit/cpuid.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

namespace {

// What the answer depends on beside the processor's own.
CpuidView view_of(const Vcpu& vcpu, vmcs::MachinePort& port)
{
    const std::uint64_t guest_cr4 = vmcs::read(port, vmcs::guest_cr4);
    return {
        .vcpu = vcpu.index,
        .vcpus = vcpu.domain->shared.info->vcpus,
        .tsc_khz = machine_clock().khz,
        .info_address = vcpu.domain->info_address,
        .features = static_cast<std::uint32_t>(vcpu.domain->shared.info->features),
        .ospke = (guest_cr4 & cr4::pke) != 0,
        .osxsave = (guest_cr4 & cr4::osxsave) != 0,
        .xsavec = machine_xsave().compacted_format_sound,
    };
}

// Kept out of the way of the answer that is remembered: most are.
[[gnu::noinline]] CpuidLeaf fresh_answer(Vcpu& vcpu, vmcs::MachinePort& port, std::uint32_t leaf,
                                         std::uint32_t subleaf)
{
    const CpuidLeaf fresh =
        guest_cpuid(leaf, subleaf, cpuid(leaf, subleaf), view_of(vcpu, port));
    vcpu.cpuid_cache.store(leaf, subleaf, fresh);
    return fresh;
}

} // namespace

void handle_cpuid(Vcpu& vcpu, vmcs::MachinePort& port)
{
    GuestRegisters& r = vcpu.registers;
    const auto leaf = static_cast<std::uint32_t>(r.rax);
    const auto subleaf = has_subleaves(leaf) ? static_cast<std::uint32_t>(r.rcx) : 0;
    const CpuidLeaf* const known = vcpu.cpuid_cache.find(leaf, subleaf);
    const CpuidLeaf answer = known != nullptr ? *known : fresh_answer(vcpu, port, leaf, subleaf);
    r.rax = answer.eax;
    r.rbx = answer.ebx;
    r.rcx = answer.ecx;
    r.rdx = answer.edx;
    skip_instruction(port);
}

} // namespace lintel
