// SPDX-License-Identifier: Apache-2.0
// XSETBV: the guest chooses its XCR0, the hypervisor executes it, because the instruction always
// exits.
#pragma once

#include <cstdint>

#include "cpu/xsave.hpp"

namespace lintel {

// Whether XSETBV with these operands succeeds on a processor that supports `supported`.
// Intel SDM Vol. 1, "XCR0" in "Managing State Using the XSAVE Feature Set".
constexpr bool valid_xcr0(std::uint32_t index, std::uint64_t value, std::uint64_t supported)
{
    using namespace xcr0;
    const auto all_or_none = [&](std::uint64_t group) {
        return (value & group) == 0 || (value & group) == group;
    };
    return index == 0 && (value & ~(supported & offered)) == 0 && (value & x87) != 0 &&
           ((value & avx) == 0 || (value & sse) != 0) && all_or_none(mpx) && all_or_none(avx512) &&
           ((value & avx512) == 0 || (value & avx) != 0);
}
static_assert(valid_xcr0(0, 7, 0xff) && !valid_xcr0(0, 6, 0xff) && !valid_xcr0(0, 5, 0xff));
static_assert(!valid_xcr0(1, 7, 0xff) && !valid_xcr0(0, 7, 3) && !valid_xcr0(0, 0x27, 0xff));

} // namespace lintel
