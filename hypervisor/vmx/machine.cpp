// SPDX-License-Identifier: Apache-2.0
// Switches VMX on. Intel SDM Vol. 3, "Enabling and Entering VMX Operation".
#include "vmx/machine.hpp"

#include "cpu/registers.hpp"
#include "cpu/xsave.hpp"
#include "mm/machine_memory.hpp"
#include "vmx/control_register_bits.hpp"
#include "vmx/port.hpp"

namespace lintel {

namespace {

VmxFeatures features;

void enable_machine_checks()
{
    constexpr std::uint32_t machine_check = 1u << 7;
    if ((cpuid(1).edx & machine_check) != 0)
        write_cr4(read_cr4() | cr4_mce);
}

} // namespace

const VmxFeatures& machine_vmx()
{
    return features;
}

std::string_view probe_machine_vmx()
{
    return probe_vmx(MachineProcessor{}, features);
}

std::string_view start_vmx()
{
    VmxFeatures own;
    const std::string_view missing = probe_vmx(MachineProcessor{}, own);
    if (!missing.empty())
        return missing;
    if (own != features)
        return "its VMX differs from the first processor's";

    constexpr std::uint64_t lock_vmx_on = 5;
    if ((read_msr(Msr::feature_control) & 1) == 0)
        write_msr(Msr::feature_control, lock_vmx_on);
    constexpr std::uint64_t power_on_pat = 0x0007'0406'0007'0406;
    write_msr(Msr::pat, power_on_pat); // mm/host_map.cpp relies on its entries
    write_cr0(read_cr0() | features.cr0_fixed);
    write_cr4(read_cr4() | features.cr4_fixed);
    start_xsave();
    enable_machine_checks();

    auto region = allocate_cleared_frame();
    if (!region.ok())
        return "out of memory for the VMX region: lower dom0_mem";
    *at_frame<std::uint32_t>(region.value()) = features.revision;
    if (!vmcs::vmxon(region.value()))
        return "VMXON was refused: the firmware has VMX switched off";
    vmcs::invalidate_all();
    return {};
}

} // namespace lintel
