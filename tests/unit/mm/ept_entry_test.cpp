// SPDX-License-Identifier: Apache-2.0
// EPT entries bit by bit. Intel SDM Vol. 3, tables "Format of an EPT ... Entry".
#include "mm/ept_entry.hpp"

#include <bit>

#include <gtest/gtest.h>

namespace lintel::ept {
namespace {

std::uint64_t raw(Entry entry)
{
    return std::bit_cast<std::uint64_t>(entry);
}

TEST(EptEntry, default_is_zero_and_not_present)
{
    EXPECT_EQ(raw(Entry{}), 0u);
    EXPECT_FALSE(Entry{}.present());
    for (const Level level : {Level::pt, Level::pd, Level::pdpt})
        EXPECT_FALSE(Entry{}.is_leaf(level));
}

TEST(EptEntry, table_has_all_rights_and_no_memory_type)
{
    constexpr Entry entry = Entry::table(Mfn{0x12345});
    EXPECT_EQ(raw(entry), 0x1234'5007u);
    EXPECT_FALSE(entry.is_leaf(Level::pdpt));
    EXPECT_EQ(entry.frame(), Mfn{0x12345});
}

TEST(EptEntry, ram_page_is_write_back_and_ignores_the_guests_pat)
{
    constexpr Entry entry = Entry::leaf(Mfn{5}, Level::pt, Access::rwx, MemoryType::write_back);
    EXPECT_EQ(raw(entry), 0x5077u); // frame, PAT ignored, type 6, rwx
    EXPECT_TRUE(entry.is_leaf(Level::pt));
}

TEST(EptEntry, device_page_is_uncacheable_and_combines_with_the_guests_pat)
{
    constexpr Entry entry = Entry::leaf(Mfn{5}, Level::pt, Access::rw, MemoryType::uncacheable);
    EXPECT_EQ(raw(entry), 0x5003u);
}

TEST(EptEntry, larger_leaves_carry_the_size_bit)
{
    constexpr Entry large = Entry::leaf(Mfn{512}, Level::pd, Access::rx, MemoryType::write_back);
    EXPECT_EQ(raw(large), 0x20'00f5u);
    EXPECT_TRUE(large.is_leaf(Level::pd));
    constexpr Entry huge =
        Entry::leaf(Mfn{1 << 18}, Level::pdpt, Access::r, MemoryType::write_back);
    EXPECT_EQ(raw(huge), 0x4000'00f1u);
    EXPECT_TRUE(huge.is_leaf(Level::pdpt));
}

TEST(EptEntry, answers_what_it_was_made_of)
{
    constexpr Mfn highest{(1ull << 40) - 512}; // address bits 51:21
    for (const Access access : {Access::r, Access::rw, Access::rx, Access::rwx})
        for (const MemoryType type : {MemoryType::uncacheable, MemoryType::write_back}) {
            const Entry entry = Entry::leaf(highest, Level::pd, access, type);
            EXPECT_EQ(entry.frame(), highest);
            EXPECT_EQ(entry.access(), access);
            EXPECT_EQ(entry.type(), type);
        }
}

TEST(EptEntry, levels_span_4_kib_2_mib_1_gib_and_512_gib)
{
    EXPECT_EQ(frames(Level::pt) * page_size, 4ull << 10);
    EXPECT_EQ(frames(Level::pd) * page_size, 2ull << 20);
    EXPECT_EQ(frames(Level::pdpt) * page_size, 1ull << 30);
    EXPECT_EQ(frames(Level::pml4) * page_size, 512ull << 30);
    EXPECT_EQ(below(Level::pml4), Level::pdpt);
}

TEST(EptEntryDeathTest, misaligned_large_leaf_and_leaf_in_the_root_are_caught)
{
    constexpr auto wb = MemoryType::write_back;
    EXPECT_DEATH((void)Entry::leaf(Mfn{1}, Level::pd, Access::rwx, wb), "frames");
    EXPECT_DEATH((void)Entry::leaf(Mfn{0}, Level::pml4, Access::rwx, wb), "Level::pml4");
}

} // namespace
} // namespace lintel::ept
