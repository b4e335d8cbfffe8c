// SPDX-License-Identifier: Apache-2.0
// Editing a part of a large page: a processor that walks the tables between any two stores finds
// every page outside the part unchanged, and the part as it was or as it will be.
#include "mm/ept.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_ept_memory.hpp"

namespace lintel::ept {
namespace {

constexpr std::uint64_t n2m = 512, n1g = 512 * 512; // frames
constexpr auto wb = MemoryType::write_back;

class EptSplitTest : public testing::Test {
protected:
    // After each store all of `watched` must be found at 1 GiB + gfn, but for gfns of `part`, which
    // may also be found as `after`.
    void watch(std::vector<std::uint64_t> watched, GfnRange part, Mapping after)
    {
        tables_.after_store = [this, watched, part, after] {
            for (const std::uint64_t gfn : watched) {
                const Mapping seen = tables_.walk(map_.root(), Gfn{gfn});
                const Mapping before{Mfn{n1g + gfn}, Access::rwx, wb, Level::pt};
                Mapping moved = after;
                moved.frame = after.frame + (gfn - part.first.number);
                const bool fine = same_translation(seen, before) ||
                                  (part.contains(Gfn{gfn}) && same_translation(seen, moved));
                EXPECT_TRUE(fine) << "gfn " << gfn << " after store " << tables_.stores;
            }
        };
    }
    static std::vector<std::uint64_t> all_of(std::uint64_t frames)
    {
        std::vector<std::uint64_t> gfns(frames);
        for (std::uint64_t gfn = 0; gfn < frames; ++gfn)
            gfns[gfn] = gfn;
        return gfns;
    }

    FakeTables tables_;
    FakeMap map_ = FakeMap::create(FakeEptMemory{tables_}).take();
};

TEST_F(EptSplitTest, taking_a_page_out_of_2_mib_never_shows_a_hole)
{
    ASSERT_TRUE(map_.map({Gfn{0}, n2m}, Mfn{n1g}, Access::rwx, wb).ok());
    const std::uint64_t before = tables_.stores;
    watch(all_of(n2m), {Gfn{77}, 1}, {});
    ASSERT_TRUE(map_.unmap({Gfn{77}, 1}).ok());
    EXPECT_EQ(tables_.stores - before, 512u + 1 + 1); // parts, the new table, the page
    EXPECT_EQ(map_.lookup(Gfn{77}).access, Access::none);
    EXPECT_EQ(map_.lookup(Gfn{78}).frame, Mfn{n1g + 78});
}

TEST_F(EptSplitTest, taking_a_page_out_of_1_gib_splits_twice_and_never_shows_a_hole)
{
    const std::uint64_t page = 300 * n2m + 9;
    ASSERT_TRUE(map_.map({Gfn{0}, n1g}, Mfn{n1g}, Access::rwx, wb).ok());
    watch({0, 1, n2m - 1, page - 10, page - 1, page, page + 1, 301 * n2m - 1, 301 * n2m, n1g - 1},
          {Gfn{page}, 1}, {});
    ASSERT_TRUE(map_.unmap({Gfn{page}, 1}).ok());
    EXPECT_EQ(map_.lookup(Gfn{page}).access, Access::none);
    EXPECT_EQ(map_.lookup(Gfn{page + 1}).level, Level::pt);
    EXPECT_EQ(map_.lookup(Gfn{0}).level, Level::pd);
    EXPECT_EQ(tables_.live.size(), 4u);
}

TEST_F(EptSplitTest, other_rights_for_a_part_leave_the_rest_as_it_was)
{
    ASSERT_TRUE(map_.map({Gfn{0}, n2m}, Mfn{n1g}, Access::rwx, wb).ok());
    const Mapping read_only{Mfn{n1g + 8}, Access::r, wb, Level::pt};
    watch(all_of(n2m), {Gfn{8}, 24}, read_only);
    ASSERT_TRUE(map_.map({Gfn{8}, 24}, Mfn{n1g + 8}, Access::r, wb).ok());
    EXPECT_EQ(map_.lookup(Gfn{7}).access, Access::rwx);
    EXPECT_EQ(map_.lookup(Gfn{8}).access, Access::r);
    EXPECT_EQ(map_.lookup(Gfn{31}).access, Access::r);
    EXPECT_EQ(map_.lookup(Gfn{32}).access, Access::rwx);
}

TEST_F(EptSplitTest, parts_keep_the_memory_type)
{
    constexpr auto uc = MemoryType::uncacheable;
    ASSERT_TRUE(map_.map({Gfn{0}, n1g}, Mfn{n1g}, Access::rw, uc).ok());
    ASSERT_TRUE(map_.unmap({Gfn{0}, 1}).ok());
    EXPECT_EQ(map_.lookup(Gfn{1}).type, uc);
    EXPECT_EQ(map_.lookup(Gfn{n2m}).type, uc);
    EXPECT_EQ(map_.lookup(Gfn{n2m}).access, Access::rw);
}

TEST_F(EptSplitTest, small_pages_turn_into_a_large_one_in_a_single_store)
{
    for (std::uint64_t gfn = 0; gfn < n2m; ++gfn) // one by one, so small
        ASSERT_TRUE(map_.map({Gfn{gfn}, 1}, Mfn{n1g + gfn}, Access::rwx, wb).ok());
    const std::uint64_t before = tables_.stores;
    const Mapping moved{Mfn{4 * n1g}, Access::rwx, wb, Level::pd};
    watch(all_of(n2m), {Gfn{0}, n2m}, moved);
    ASSERT_TRUE(map_.map({Gfn{0}, n2m}, Mfn{4 * n1g}, Access::rwx, wb).ok());
    EXPECT_EQ(tables_.stores - before, 1u);
    EXPECT_EQ(map_.lookup(Gfn{n2m - 1}).frame, Mfn{4 * n1g + n2m - 1});
}

} // namespace
} // namespace lintel::ept
