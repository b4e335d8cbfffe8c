// SPDX-License-Identifier: Apache-2.0
#include "builder/placement.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

UsedRanges used(std::initializer_list<GuestRange> ranges)
{
    UsedRanges all;
    for (const auto& range : ranges)
        all.push_back(range).take();
    return all;
}

TEST(Placement, highest_place_is_page_aligned_below_the_limit)
{
    EXPECT_EQ(highest_place({}, 0x1001, 0x10000), 0xe000);
    EXPECT_EQ(highest_place({}, 0x1000, 0x10000), 0xf000);
    EXPECT_EQ(highest_place(used({{0xf000, 1}}), 0x1000, 0x10000), 0xe000);
    EXPECT_EQ(highest_place(used({{0xf800, 0x100}}), 0x1000, 0x10000), 0xe000);
}

TEST(Placement, highest_place_passes_everything_in_the_way)
{
    // Whatever the order of the ranges, and when one stands behind the other.
    EXPECT_EQ(highest_place(used({{0x2000, 0x6000}, {0x9000, 0x6000}}), 0x1000, 0xf000), 0x8000);
    EXPECT_EQ(highest_place(used({{0x9000, 0x6000}, {0x2000, 0x6000}}), 0x2000, 0xf000),
              std::nullopt);
}

TEST(Placement, nothing_is_placed_at_0_or_where_it_does_not_fit)
{
    EXPECT_EQ(highest_place({}, 0x1000, 0x1000), std::nullopt);
    EXPECT_EQ(highest_place({}, 0x3000, 0x2000), std::nullopt);
    EXPECT_EQ(lowest_place({}, 0x1000, 0x1000), std::nullopt);
    EXPECT_EQ(lowest_place({}, 0x1000, 0x2000), 0x1000);
    EXPECT_EQ(lowest_place({}, ~0ull, 0x2000), std::nullopt);
}

TEST(Placement, lowest_place_is_the_first_gap)
{
    EXPECT_EQ(lowest_place(used({{0x800, 0x1000}}), 0x1000, 0x10000), 0x2000);
    EXPECT_EQ(lowest_place(used({{0x3000, 0x1000}, {0x1000, 0x1000}}), 0x1000, 0x10000), 0x2000);
    EXPECT_EQ(lowest_place(used({{0x3000, 0x1000}, {0x1000, 0x1000}}), 0x2000, 0x10000), 0x4000);
    EXPECT_EQ(lowest_place(used({{0, 0x10000}}), 0x1000, 0x10000), std::nullopt);
}

} // namespace
} // namespace lintel
