// SPDX-License-Identifier: Apache-2.0
// XSETBV: whatever passes here is executed in root mode, where a fault is the machine's end. So
// every value is compared with a processor's own rules, written down a second time.
#include "exit/xsetbv.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr std::uint64_t x87 = 1, sse = 2, avx = 4, bndregs = 8, bndcsr = 16, opmask = 32,
                        zmm_high = 64, zmm_more = 128, processor_trace = 256, pkru = 512,
                        tile_config = 1 << 17, tile_data = 1 << 18;

// Intel SDM Vol. 1, "Managing State Using the XSAVE Feature Set": what XSETBV refuses.
bool processor_refuses(std::uint64_t value, std::uint64_t supported)
{
    const auto has = [&](std::uint64_t bit) { return (value & bit) != 0; };
    return (value & ~supported) != 0 || !has(x87) || (has(avx) && !has(sse)) ||
           has(bndregs) != has(bndcsr) || has(opmask) != has(zmm_high) ||
           has(opmask) != has(zmm_more) || (has(opmask) && !has(avx)) ||
           has(tile_config) != has(tile_data);
}

TEST(Xsetbv, nothing_that_the_processor_refuses_passes)
{
    for (const std::uint64_t supported :
         {x87 | sse, x87 | sse | avx, x87 | sse | avx | pkru, std::uint64_t{0x602ff}})
        for (std::uint64_t value = 0; value < 1u << 20; ++value) {
            const bool passes = valid_xcr0(0, value, supported);
            ASSERT_FALSE(passes && processor_refuses(value, supported)) << std::hex << value;
        }
}

TEST(Xsetbv, usual_choices_pass)
{
    constexpr std::uint64_t supported = 0x602ff;
    for (const std::uint64_t value : {x87, x87 | sse, x87 | sse | avx, x87 | sse | avx | pkru,
                                      x87 | sse | bndregs | bndcsr, std::uint64_t{0xe7}})
        EXPECT_TRUE(valid_xcr0(0, value, supported)) << std::hex << value;
}

TEST(Xsetbv, unsupported_components_are_refused)
{
    EXPECT_FALSE(valid_xcr0(0, x87 | sse | avx, x87 | sse));
    EXPECT_FALSE(valid_xcr0(0, 1ull << 63 | x87, x87));
}

// A component may come with rules that nobody here knows yet, or is not shown to guests.
TEST(Xsetbv, components_guests_are_not_offered_are_refused_though_the_processor_has_them)
{
    constexpr std::uint64_t everything = ~0ull;
    EXPECT_FALSE(valid_xcr0(0, x87 | sse | tile_config, everything));
    EXPECT_FALSE(valid_xcr0(0, x87 | sse | tile_config | tile_data, everything));
    EXPECT_FALSE(valid_xcr0(0, x87 | processor_trace, everything));
    EXPECT_FALSE(valid_xcr0(0, x87 | 1u << 19, everything));
    EXPECT_FALSE(valid_xcr0(0, everything, everything));
}

TEST(Xsetbv, only_register_zero_exists)
{
    for (const std::uint32_t index : {1u, 2u, ~0u})
        EXPECT_FALSE(valid_xcr0(index, x87, ~0ull));
}

} // namespace
} // namespace lintel
