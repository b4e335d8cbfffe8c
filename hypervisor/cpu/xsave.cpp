// SPDX-License-Identifier: Apache-2.0
// Examines the processor's XSAVE at start-up.
#include "cpu/xsave.hpp"

#include "cpu/registers.hpp"
#include "cpu/xsave_format.hpp"

namespace lintel {

namespace {
MachineXsave found;
}

bool examine_xsave(std::size_t area_bytes)
{
    constexpr std::uint32_t has_xsave = 1u << 26, has_xsavec = 1u << 1, has_rdtscp = 1u << 27;
    const auto component = [](unsigned i) { return cpuid(0xd, i); };
    found.tsc_aux = (cpuid(0x8000'0001).edx & has_rdtscp) != 0;
    if ((cpuid(1).ecx & has_xsave) == 0)
        return true;
    found.present = true;
    found.components = component(0).eax & xcr0::offered;
    start_xsave();
    write_xcr0(found.components); // sizes are given for what is enabled
    const bool fits = component(0).ebx <= area_bytes;
    if ((component(1).eax & has_xsavec) != 0)
        found.compacted_format_sound = compacted_format_is_sound(found.components, component);
    write_xcr0(xcr0::x87);
    return fits;
}

void start_xsave()
{
    write_cr4(read_cr4() | cr4::osfxsr); // else FXSAVE may leave out the XMM registers
    if (found.present)
        write_cr4(read_cr4() | cr4::osxsave);
}

const MachineXsave& machine_xsave()
{
    return found;
}

} // namespace lintel
