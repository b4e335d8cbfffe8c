// SPDX-License-Identifier: Apache-2.0
// Extended processor state: guests own all of it, the hypervisor's code uses none.
#pragma once

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
};

// Switches XSAVE on, if the processor has it, and examines it. Leaves XCR0 as after reset.
void start_xsave();
const MachineXsave& machine_xsave();

} // namespace lintel
