// SPDX-License-Identifier: Apache-2.0
// What this processor's VMX offers, decided once at start-up. MSR and CPUID access is a parameter,
// so that host tests can present processors that lack something.
#pragma once

#include <cstdint>
#include <string_view>

#include "cpu/cpuid.hpp"
#include "cpu/msr.hpp"
#include "vmx/controls.hpp"

namespace lintel {

struct VmxFeatures {
    std::uint32_t revision = 0; // first word of every VMCS region
    std::uint32_t pin = 0, primary = 0, secondary = 0, exit = 0, entry = 0;
    bool ept_1g_pages = false;
    bool pause_loop = false; // PAUSE-loop exiting can be switched on
    bool preemption_timer = false;
    bool invvpid_keeps_globals = false; // INVVPID of one VPID can spare global translations
    unsigned cr3_targets = 0;           // how many values CR3 takes without an exit
    std::uint64_t cr0_fixed = 0, cr4_fixed = 0; // bits that must be 1 in VMX operation
    bool operator==(const VmxFeatures&) const = default;
};

struct MachineProcessor {
    static CpuidLeaf cpuid(std::uint32_t leaf) { return lintel::cpuid(leaf); }
    static std::uint64_t read_msr(Msr msr) { return lintel::read_msr(msr); }
};

// Fills `features`, or returns one line for the user: what is missing and what to do about it.
// Empty means everything needed is there.
template <typename Processor>
std::string_view probe_vmx(Processor processor, VmxFeatures& features)
{
    constexpr std::uint32_t vmx = 1u << 5, x2apic = 1u << 21, tsc_deadline = 1u << 24;
    const std::uint32_t ecx = processor.cpuid(1).ecx;
    if ((ecx & vmx) == 0)
        return "the processor has no VMX: use an Intel processor with VT-x, or enable nested "
               "virtualization in the outer hypervisor";
    constexpr std::uint64_t locked = 1, vmx_outside_smx = 1u << 2;
    const std::uint64_t control = processor.read_msr(Msr::feature_control);
    if ((control & locked) != 0 && (control & vmx_outside_smx) == 0)
        return "the firmware has VMX locked off: enable Intel Virtualization Technology in its "
               "setup";

    // EPT before the other demands: it is the one that people know.
    constexpr std::uint64_t true_controls = 1ull << 55;
    const std::uint64_t basic = processor.read_msr(Msr::vmx_basic);
    const bool has_true_controls = (basic & true_controls) != 0;
    const auto primary = ControlCapability::of(
        processor.read_msr(has_true_controls ? Msr::vmx_true_primary : Msr::vmx_primary));
    const auto secondary = ControlCapability::of(
        primary.allows(primary::secondary_controls) ? processor.read_msr(Msr::vmx_secondary) : 0);
    if (!secondary.allows(secondary::ept))
        return "the processor has no EPT: a processor from 2010 on has it";
    if (!secondary.allows(secondary::unrestricted_guest) || !secondary.allows(secondary::vpid) ||
        !has_true_controls)
        return "the processor lacks unrestricted guests, VPID or true VMX controls: a processor "
               "from 2011 on has them";
    if ((ecx & x2apic) == 0 || (ecx & tsc_deadline) == 0)
        return "the processor lacks x2APIC or the TSC-deadline timer: both are needed";
    const auto pin = ControlCapability::of(processor.read_msr(Msr::vmx_true_pin));
    const auto exit = ControlCapability::of(processor.read_msr(Msr::vmx_true_exit));
    const auto entry = ControlCapability::of(processor.read_msr(Msr::vmx_true_entry));

    constexpr std::uint64_t walk_4 = 1u << 6, write_back = 1u << 14, pages_2m = 1u << 16,
                            pages_1g = 1u << 17, invept = 1u << 20, invept_single = 1u << 25,
                            invept_all = 1u << 26, invvpid = 1ull << 32, invvpid_all = 1ull << 42,
                            invvpid_but_globals = 1ull << 43;
    constexpr std::uint64_t needed = walk_4 | write_back | pages_2m | invept | invept_single |
                                     invept_all | invvpid | invvpid_all;
    const std::uint64_t ept = processor.read_msr(Msr::vmx_ept_vpid);
    if ((ept & needed) != needed)
        return "the processor's EPT lacks 4-level walks, write-back tables, 2 MiB pages, INVEPT or "
               "INVVPID";
    if (!pin.allows(pin::wanted) || !primary.allows(primary::wanted | primary::when_useful) ||
        !exit.allows(exit_control::wanted) || !entry.allows(entry_control::wanted))
        return "the processor's VMX lacks a control this hypervisor uses (see "
               "docs/design/exits.md)";

    features.revision = static_cast<std::uint32_t>(basic) & 0x7fff'ffff;
    features.pin = pin.adjust(pin::wanted);
    features.primary = primary.adjust(primary::wanted);
    features.secondary = secondary.adjust(secondary::required | secondary::optional);
    features.exit = exit.adjust(exit_control::wanted);
    features.entry = entry.adjust(entry_control::wanted);
    features.preemption_timer = pin.allows(pin::preemption_timer);
    features.pause_loop = secondary.allows(secondary::pause_loop);
    features.ept_1g_pages = (ept & pages_1g) != 0;
    features.invvpid_keeps_globals = (ept & invvpid_but_globals) != 0;
    features.cr3_targets = processor.read_msr(Msr::vmx_misc) >> 16 & 0x1ff; // bits 24:16
    features.cr0_fixed = processor.read_msr(Msr::vmx_cr0_fixed0);
    features.cr4_fixed = processor.read_msr(Msr::vmx_cr4_fixed0);
    return {};
}

} // namespace lintel
