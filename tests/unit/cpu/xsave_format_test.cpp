// SPDX-License-Identifier: Apache-2.0
// The compacted XSAVE area against sizes of real processors. Intel SDM Vol. 1, "Compacted Format".
#include "cpu/xsave_format.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr std::uint32_t align_64 = 2;

// Sizes and alignment as processors with AVX-512 and protection keys have them.
CpuidLeaf component(unsigned number)
{
    switch (number) {
    case 2: // AVX
        return {256, 576, 0, 0};
    case 5: // opmask
        return {64, 1088, 0, 0};
    case 6: // upper halves of ZMM0 .. 15
        return {512, 1152, 0, 0};
    case 7: // ZMM16 .. 31
        return {1024, 1664, 0, 0};
    case 9: // PKRU
        return {8, 2688, 0, 0};
    case 18: // tile data
        return {8192, 2816, align_64, 0};
    default:
        ADD_FAILURE() << "asked for component " << number;
        return {};
    }
}

TEST(XsaveFormat, legacy_area_and_header_are_always_there)
{
    for (const std::uint64_t xcr0 : {0, 1, 3})
        EXPECT_EQ(compacted_xsave_size(xcr0, component), 576u);
}

TEST(XsaveFormat, enabled_components_follow_each_other_without_gaps)
{
    EXPECT_EQ(compacted_xsave_size(0x7, component), 832u);
    EXPECT_EQ(compacted_xsave_size(0xe7, component), 2432u);
    EXPECT_EQ(compacted_xsave_size(0x203, component), 584u);
}

TEST(XsaveFormat, aligned_component_starts_on_64_bytes)
{
    EXPECT_EQ(compacted_xsave_size(0x40203, component), 640u + 8192); // after PKRU, at 584
    EXPECT_EQ(compacted_xsave_size(0x40003, component), 576u + 8192);
}

// What the emulated processor does: the size of the standard format where that of the compacted one
// belongs. A kernel that believes it loses vector registers.
TEST(XsaveFormat, processor_that_gives_another_size_is_not_sound)
{
    const auto answering = [](std::uint32_t size) {
        return [size](unsigned i) { return i == 1 ? CpuidLeaf{7, size, 0, 0} : component(i); };
    };
    EXPECT_TRUE(compacted_format_is_sound(0xe7, answering(2432)));
    EXPECT_FALSE(compacted_format_is_sound(0xe7, answering(2688)));
    EXPECT_FALSE(compacted_format_is_sound(0xe7, answering(0)));
}

} // namespace
} // namespace lintel
