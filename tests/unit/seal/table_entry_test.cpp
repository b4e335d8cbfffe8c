// SPDX-License-Identifier: Apache-2.0
// Entries of a guest's tables bit by bit. Intel SDM Vol. 3, "4-Level Paging and 5-Level Paging".
#include "seal/table_entry.hpp"

#include <gtest/gtest.h>

namespace lintel::seal {
namespace {

constexpr Paging paging{.physical_bits = 40, .gigabyte_leaves = true};
constexpr std::uint64_t present = 1, large = 0x80;

// The bits of an otherwise plain present entry that are reserved at this level.
std::uint64_t reserved(Level at, std::uint64_t raw, Paging with = paging)
{
    std::uint64_t found = 0;
    for (unsigned bit = 0; bit < 64; ++bit)
        if (bit != 7 && TableEntry{raw | 1ull << bit}.has_reserved(at, with))
            found |= 1ull << bit;
    return found;
}
constexpr std::uint64_t bits(unsigned low, unsigned high)
{
    return (2ull << high) - (1ull << low);
}

TEST(TableEntry, reserves_address_bits_beyond_the_processors_width)
{
    for (const Level at : {Level::pt, Level::pd, Level::pdpt, Level::pml4})
        EXPECT_EQ(reserved(at, present), bits(40, 51));
    EXPECT_EQ(reserved(Level::pt, present, {.physical_bits = 52}), 0u);
}

TEST(TableEntry, reserves_the_low_address_bits_of_large_leaves_but_for_pat)
{
    EXPECT_EQ(reserved(Level::pd, present | large), bits(40, 51) | bits(13, 20));
    EXPECT_EQ(reserved(Level::pdpt, present | large), bits(40, 51) | bits(13, 29));
}

TEST(TableEntry, reserves_the_size_bit_where_no_leaf_can_be)
{
    EXPECT_TRUE(TableEntry{present | large}.has_reserved(Level::pml4, paging));
    EXPECT_TRUE(TableEntry{present | large}.has_reserved(Level::pdpt, {.physical_bits = 40}));
    EXPECT_FALSE(TableEntry{present | large}.has_reserved(Level::pt, paging)) << "there it is PAT";
}

TEST(TableEntry, is_a_leaf_by_level_and_size_bit)
{
    EXPECT_TRUE(TableEntry{present}.is_leaf(Level::pt));
    EXPECT_FALSE(TableEntry{present}.is_leaf(Level::pd));
    EXPECT_TRUE(TableEntry{present | large}.is_leaf(Level::pdpt));
    EXPECT_FALSE(TableEntry{present | large}.is_leaf(Level::pml4));
}

TEST(TableEntry, frame_leaves_out_attributes_and_the_pat_bit_of_a_large_leaf)
{
    const std::uint64_t attributes = 0xfff0'0000'0000'0f7f;
    EXPECT_EQ(TableEntry{0x12'3456'7000 | attributes}.frame(Level::pt), Gfn{0x1234567});
    EXPECT_EQ(TableEntry{0x12'3456'7000 | attributes}.frame(Level::pd), Gfn{0x1234567});
    EXPECT_EQ(TableEntry{0x12'3460'1000 | attributes | large}.frame(Level::pd), Gfn{0x1234600});
}

} // namespace
} // namespace lintel::seal
