// SPDX-License-Identifier: Apache-2.0
// The guest-physical map: sizes chosen, ranges mapped, replaced and taken away.
#include "mm/ept.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_ept_memory.hpp"

namespace lintel::ept {
namespace {

constexpr std::uint64_t n2m = 512, n1g = 512 * 512; // frames
constexpr auto wb = MemoryType::write_back;

class EptTest : public testing::Test {
protected:
    void TearDown() override { EXPECT_EQ(map_.tables(), tables_.live.size()); }
    // What the map answers, checked against what a processor would find.
    Mapping at(std::uint64_t gfn)
    {
        const Mapping found = map_.lookup(Gfn{gfn}), walked = tables_.walk(map_.root(), Gfn{gfn});
        EXPECT_TRUE(same_translation(found, walked)) << "gfn " << gfn;
        return found;
    }
    bool map(std::uint64_t gfn, std::uint64_t count, std::uint64_t mfn, Access access = Access::rwx)
    {
        return map_.map({Gfn{gfn}, count}, Mfn{mfn}, access, wb).ok();
    }
    bool unmap(std::uint64_t gfn, std::uint64_t count)
    {
        return map_.unmap({Gfn{gfn}, count}).ok();
    }

    FakeTables tables_;
    FakeMap map_ = FakeMap::create(FakeEptMemory{tables_}).take();
};

TEST_F(EptTest, new_map_is_one_empty_table)
{
    EXPECT_EQ(tables_.live.size(), 1u);
    EXPECT_EQ(at(0).access, Access::none);
    EXPECT_EQ(at((1ull << 36) - 1).access, Access::none);
}

TEST_F(EptTest, single_page_takes_one_table_per_level)
{
    ASSERT_TRUE(map(5, 1, 99, Access::r));
    EXPECT_EQ(tables_.live.size(), 4u);
    EXPECT_EQ(at(5).frame, Mfn{99});
    EXPECT_EQ(at(5).access, Access::r);
    EXPECT_EQ(at(5).type, wb);
    EXPECT_EQ(at(4).access, Access::none);
    EXPECT_EQ(at(6).access, Access::none);
}

TEST_F(EptTest, aligned_range_uses_the_largest_leaf)
{
    ASSERT_TRUE(map(n1g, n1g, 4 * n1g));
    EXPECT_EQ(at(n1g).level, Level::pdpt);
    EXPECT_EQ(at(2 * n1g - 1).frame, Mfn{5 * n1g - 1});
    EXPECT_EQ(tables_.live.size(), 2u);
}

TEST_F(EptTest, without_1_gib_pages_2_mib_ones_are_used)
{
    tables_.largest_leaf = Level::pd;
    ASSERT_TRUE(map(n1g, n1g, 4 * n1g));
    EXPECT_EQ(at(n1g).level, Level::pd);
    EXPECT_EQ(at(2 * n1g - 1).frame, Mfn{5 * n1g - 1});
}

TEST_F(EptTest, frames_that_are_aligned_differently_get_small_leaves)
{
    ASSERT_TRUE(map(0, n2m, n2m + 1));
    EXPECT_EQ(at(0).level, Level::pt);
    EXPECT_EQ(at(n2m - 1).frame, Mfn{2 * n2m});
}

TEST_F(EptTest, ragged_range_is_large_in_the_middle_and_small_at_its_ends)
{
    ASSERT_TRUE(map(n2m - 1, 2 * n2m + 2, 8 * n2m - 1)); // the last page of one, two, the first
    EXPECT_EQ(at(n2m - 2).access, Access::none);
    EXPECT_EQ(at(n2m - 1).level, Level::pt);
    EXPECT_EQ(at(n2m).level, Level::pd);
    EXPECT_EQ(at(3 * n2m - 1).frame, Mfn{10 * n2m - 1});
    EXPECT_EQ(at(3 * n2m).level, Level::pt);
    EXPECT_EQ(at(3 * n2m + 1).access, Access::none);
}

TEST_F(EptTest, range_may_cross_the_entries_of_the_root)
{
    const std::uint64_t border = 512 * n1g;
    ASSERT_TRUE(map(border - 1, 2, 7));
    EXPECT_EQ(at(border - 1).frame, Mfn{7});
    EXPECT_EQ(at(border).frame, Mfn{8});
}

TEST_F(EptTest, last_page_of_the_space_can_be_mapped)
{
    ASSERT_TRUE(map((1ull << 36) - 1, 1, 7));
    EXPECT_EQ(at((1ull << 36) - 1).frame, Mfn{7});
}

TEST_F(EptTest, nothing_is_mapped_beyond_the_space_a_four_level_walk_reaches)
{
    ASSERT_TRUE(map(5, 1, 7));
    EXPECT_EQ(map_.lookup(Gfn{(1ull << 36) + 5}).access, Access::none); // no alias of 5
}

TEST_F(EptTest, large_leaf_over_small_ones_frees_their_table)
{
    ASSERT_TRUE(map(3, 1, 7));
    EXPECT_EQ(tables_.live.size(), 4u);
    ASSERT_TRUE(map(0, n2m, n2m));
    EXPECT_EQ(at(3).frame, Mfn{n2m + 3});
    EXPECT_EQ(tables_.live.size(), 3u);
    ASSERT_TRUE(map(0, n1g, n1g));
    EXPECT_EQ(tables_.live.size(), 2u);
}

// As when a domain gives memory back page by page.
TEST_F(EptTest, a_table_goes_with_its_last_entry)
{
    ASSERT_TRUE(map(0, n1g, n1g));
    EXPECT_EQ(map_.tables(), 2u);
    for (std::uint64_t gfn = 0; gfn < n2m; ++gfn) {
        ASSERT_TRUE(unmap(gfn, 1));
        EXPECT_EQ(map_.tables(), gfn + 1 < n2m ? 4u : 3u);
    }
    ASSERT_TRUE(map(n2m - 1, 1, 5)); // and comes again
    EXPECT_EQ(map_.tables(), 4u);
    EXPECT_EQ(at(n2m - 1).frame, Mfn{5});
    ASSERT_TRUE(unmap(0, n1g));
    EXPECT_EQ(map_.tables(), 1u);
}

TEST_F(EptTest, unmapping_absent_memory_allocates_nothing)
{
    tables_.allocations_left = 0;
    EXPECT_TRUE(unmap(3, 5 * n1g));
    EXPECT_EQ(tables_.live.size(), 1u);
}

TEST_F(EptTest, unmapping_whole_entries_frees_everything_below)
{
    ASSERT_TRUE(map(0, n1g + n2m + 1, 1));
    ASSERT_TRUE(unmap(0, 2 * n1g));
    EXPECT_EQ(at(0).access, Access::none);
    EXPECT_EQ(tables_.live.size(), 1u); // the root
}

TEST_F(EptTest, map_that_moves_keeps_its_tables)
{
    ASSERT_TRUE(map(5, 1, 9));
    const Mfn root = map_.root();
    {
        FakeMap other{std::move(map_)};
        EXPECT_EQ(other.root(), root);
        EXPECT_EQ(other.lookup(Gfn{5}).frame, Mfn{9});
        EXPECT_EQ(other.tables(), 4u);
    }
    EXPECT_TRUE(tables_.live.empty()); // freed once, by the new owner
}

// What translations may still be cached for: those frames must not be used until they are flushed.
TEST_F(EptTest, frames_that_lose_their_mapping_are_told_and_others_are_not)
{
    ASSERT_TRUE(map(0, n2m, n1g)); // new: nothing was there
    ASSERT_TRUE(map(0, n2m, n1g)); // the same again
    EXPECT_TRUE(tables_.taken_away.empty());
    ASSERT_TRUE(unmap(3, 1)); // splits, which changes nothing for the others
    EXPECT_EQ(tables_.taken_away, (std::vector<MfnRange>{{Mfn{n1g + 3}, 1}}));
    tables_.taken_away.clear();
    ASSERT_TRUE(map(4, 1, n1g + 4, Access::r)); // fewer rights
    EXPECT_EQ(tables_.taken_away, (std::vector<MfnRange>{{Mfn{n1g + 4}, 1}}));
    tables_.taken_away.clear();
    ASSERT_TRUE(unmap(0, n2m)); // by freeing the table of small pages
    EXPECT_EQ(tables_.taken_away.size(), n2m - 1);
}

TEST_F(EptTest, mapping_without_access_or_outside_the_space_is_caught)
{
    EXPECT_DEATH((void)map(0, 1, 0, Access::none), "Access::none");
    EXPECT_DEATH((void)map(1ull << 36, 1, 0), "gfn_limit");
}

} // namespace
} // namespace lintel::ept
