// SPDX-License-Identifier: Apache-2.0
// The guest-physical map's gaps, and its end: every leaf is handed over once, a piece at a time.
#include "mm/ept.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_ept_memory.hpp"

namespace lintel::ept {
namespace {

constexpr std::uint64_t n2m = 512, n1g = 512 * 512; // frames

class EptEndTest : public testing::Test {
protected:
    void TearDown() override { EXPECT_EQ(map_.tables(), tables_.live.size()); }
    void map(std::uint64_t gfn, std::uint64_t count, std::uint64_t mfn)
    {
        EXPECT_TRUE(
            map_.map({Gfn{gfn}, count}, Mfn{mfn}, Access::rwx, MemoryType::write_back).ok());
    }
    std::uint64_t gap(std::uint64_t gfn, std::uint64_t count)
    {
        return map_.gap({Gfn{gfn}, count});
    }
    Result<bool> dismantle(std::uint64_t budget)
    {
        return map_.dismantle(budget, [&](MfnRange range) -> Result<> {
            if (range.contains(busy_))
                return Error::busy;
            given_.push_back(range);
            return {};
        });
    }
    std::uint64_t given_frames() const
    {
        std::uint64_t sum = 0;
        for (const MfnRange& range : given_)
            sum += range.count;
        return sum;
    }

    FakeTables tables_;
    FakeMap map_ = FakeMap::create(FakeEptMemory{tables_}).take();
    std::vector<MfnRange> given_;
    Mfn busy_{~0ull};
};

TEST_F(EptEndTest, empty_map_is_one_gap)
{
    EXPECT_EQ(gap(0, 1), 1u);
    EXPECT_EQ(gap(12345, n1g), n1g);
    EXPECT_EQ(gap(0, 1ull << 36), 1ull << 36);
}

TEST_F(EptEndTest, gap_ends_at_the_first_page_of_any_size)
{
    map(n2m + 5, 1, 77);
    map(4 * n2m, n2m, 4 * n2m);
    map(3 * n1g, n1g, 3 * n1g);
    EXPECT_EQ(gap(0, n1g), n2m + 5);
    EXPECT_EQ(gap(n2m + 5, 9), 0u);
    EXPECT_EQ(gap(n2m + 6, n1g), 4 * n2m - n2m - 6);
    EXPECT_EQ(gap(4 * n2m + 17, 1), 0u);
    EXPECT_EQ(gap(5 * n2m, 4 * n1g), 3 * n1g - 5 * n2m);
    EXPECT_EQ(gap(5 * n2m, 10), 10u);
    EXPECT_EQ(gap(4 * n1g, 1ull << 35), 1ull << 35);
}

TEST_F(EptEndTest, every_leaf_is_given_once_and_only_the_root_is_left)
{
    map(0, 3, 1000);
    map(n2m, 2 * n2m, 8 * n2m);
    map(2 * n1g, n1g, 4 * n1g);
    map(1ull << 34, 1, 5);
    EXPECT_TRUE(dismantle(~0ull).take());
    EXPECT_EQ(given_, (std::vector<MfnRange>{{Mfn{1000}, 1},
                                             {Mfn{1001}, 1},
                                             {Mfn{1002}, 1},
                                             {Mfn{8 * n2m}, n2m},
                                             {Mfn{9 * n2m}, n2m},
                                             {Mfn{4 * n1g}, n1g},
                                             {Mfn{5}, 1}}));
    EXPECT_EQ(tables_.live.size(), 1u);
    EXPECT_TRUE(dismantle(1).take()); // and nothing more
    EXPECT_EQ(given_.size(), 7u);
}

TEST_F(EptEndTest, small_budgets_get_there_too)
{
    map(0, 700, 4097); // in small pages
    map(4 * n2m, 3 * n2m, 16 * n2m);
    unsigned calls = 0;
    for (std::uint64_t before = 0; !dismantle(100).take(); before = given_frames()) {
        ASSERT_LT(++calls, 100u);
        ASSERT_LE(given_frames() - before, 100 + n2m);
    }
    EXPECT_GT(calls, 7u);
    EXPECT_EQ(given_frames(), 700 + 3 * n2m);
    EXPECT_EQ(tables_.live.size(), 1u);
}

TEST_F(EptEndTest, busy_frame_ends_the_work_and_is_asked_for_again)
{
    map(0, 5, 100);
    busy_ = Mfn{102};
    EXPECT_EQ(dismantle(~0ull).error(), Error::busy);
    EXPECT_EQ(dismantle(~0ull).error(), Error::busy);
    EXPECT_EQ(given_.size(), 2u);
    EXPECT_EQ(map_.lookup(Gfn{2}).frame, Mfn{102});
    EXPECT_EQ(map_.lookup(Gfn{1}).access, Access::none);
    busy_ = Mfn{~0ull};
    EXPECT_TRUE(dismantle(~0ull).take());
    EXPECT_EQ(given_.size(), 5u);
}

} // namespace
} // namespace lintel::ept
