// SPDX-License-Identifier: Apache-2.0
// Examines the processor's XSAVE at start-up.
#include "cpu/xsave.hpp"

#include "cpu/registers.hpp"
#include "cpu/xsave_format.hpp"

namespace lintel {

namespace {
MachineXsave found;
}

void start_xsave()
{
    constexpr std::uint32_t has_xsave = 1u << 26, has_xsavec = 1u << 1;
    const auto component = [](unsigned i) { return cpuid(0xd, i); };
    if ((cpuid(1).ecx & has_xsave) == 0)
        return;
    write_cr4(read_cr4() | cr4::osxsave);
    found.present = true;
    if ((component(1).eax & has_xsavec) == 0)
        return;
    const std::uint64_t all = component(0).eax & xcr0::offered;
    write_xcr0(all); // the size is given for what is enabled
    found.compacted_format_sound = compacted_format_is_sound(all, component);
    write_xcr0(xcr0::x87);
}

const MachineXsave& machine_xsave()
{
    return found;
}

} // namespace lintel
