// SPDX-License-Identifier: Apache-2.0
// Extended processor state: guests own all of it, the hypervisor's code uses none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lintel {

// State components that guests may enable. A component comes with rules, and executing what it
// forbids would be a fault of the hypervisor's, so one that is not named here is refused.
// Intel SDM Vol. 1, "XSAVE-Supported Features and State-Component Bitmaps".
namespace xcr0 {
inline constexpr std::uint64_t x87 = 1, sse = 2, avx = 4, mpx = 0x18, avx512 = 0xe0, pkru = 0x200;
inline constexpr std::uint64_t offered = x87 | sse | avx | mpx | avx512 | pkru;
} // namespace xcr0

struct MachineXsave {
    bool present = false; // CR4.OSXSAVE is on in root mode
    bool compacted_format_sound = false;
    bool tsc_aux = false;         // the MSR of RDTSCP and RDPID is there
    std::uint64_t components = 0; // all that a guest may enable here
};

// Examines the processor's XSAVE, once; false if its area is larger than what is kept for a vCPU.
bool examine_xsave(std::size_t area_bytes);
// Switches XSAVE on, if the processor has it. On each CPU. XCR0 is as after reset.
void start_xsave();
const MachineXsave& machine_xsave();

} // namespace lintel
