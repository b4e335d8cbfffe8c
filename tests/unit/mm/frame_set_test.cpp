// SPDX-License-Identifier: Apache-2.0
// Frame sets: edits at every edge, and random edits against a set of single frames.
#include "mm/frame_set.hpp"

#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

std::vector<MfnRange> ranges(const FrameSet& set)
{
    return {set.begin(), set.end()};
}

TEST(FrameSet, touching_ranges_become_one)
{
    FrameSet set{{Mfn{10}, 5}};
    set.add({Mfn{20}, 5});
    set.add({Mfn{15}, 5});
    EXPECT_EQ(ranges(set), (std::vector<MfnRange>{{Mfn{10}, 15}}));
}

TEST(FrameSet, range_over_several_others_swallows_them)
{
    FrameSet set{{Mfn{10}, 1}};
    set.add({Mfn{12}, 1});
    set.add({Mfn{14}, 1});
    set.add({Mfn{11}, 4});
    EXPECT_EQ(ranges(set), (std::vector<MfnRange>{{Mfn{10}, 5}}));
}

TEST(FrameSet, removing_the_middle_leaves_both_ends)
{
    FrameSet set{{Mfn{10}, 10}};
    set.remove({Mfn{12}, 3});
    EXPECT_EQ(ranges(set), (std::vector<MfnRange>{{Mfn{10}, 2}, {Mfn{15}, 5}}));
}

TEST(FrameSet, empty_range_changes_nothing)
{
    FrameSet set{{Mfn{10}, 10}};
    set.add({Mfn{40}, 0});
    set.remove({Mfn{15}, 0});
    EXPECT_EQ(ranges(set), (std::vector<MfnRange>{{Mfn{10}, 10}}));
}

TEST(FrameSet, highest_comes_from_the_last_range_that_is_large_enough)
{
    FrameSet set{{Mfn{10}, 8}};
    set.add({Mfn{30}, 2});
    EXPECT_EQ(set.highest(2), (MfnRange{Mfn{30}, 2}));
    EXPECT_EQ(set.highest(3), (MfnRange{Mfn{15}, 3}));
    EXPECT_EQ(set.highest(9), std::nullopt);
}

TEST(FrameSet, lowest_takes_all_when_there_are_fewer)
{
    FrameSet set{{Mfn{10}, 2}};
    set.add({Mfn{30}, 2});
    EXPECT_EQ(ranges(set.lowest(3)), (std::vector<MfnRange>{{Mfn{10}, 2}, {Mfn{30}, 1}}));
    EXPECT_EQ(ranges(set.lowest(99)), ranges(set));
    EXPECT_TRUE(set.lowest(0).empty());
}

TEST(FrameSet, empty_set_ends_at_zero)
{
    EXPECT_EQ(FrameSet{}.limit(), Mfn{0});
    EXPECT_EQ((FrameSet{{Mfn{3}, 4}}.limit()), Mfn{7});
}

TEST(FrameSetDeathTest, more_ranges_than_the_capacity_are_caught)
{
    FrameSet set;
    for (std::size_t i = 0; i < FrameSet::capacity; ++i)
        set.add({Mfn{2 * i}, 1});
    EXPECT_DEATH(set.add({Mfn{2 * FrameSet::capacity}, 1}), "added");
}

// Sorted, apart from each other, none empty, and frame by frame the same as the model.
void expect_same(const FrameSet& set, const std::set<std::uint64_t>& model, std::uint64_t space)
{
    Mfn free_from{0};
    for (const MfnRange& range : set) {
        ASSERT_GT(range.count, 0u);
        ASSERT_TRUE(range.first > free_from || (free_from == Mfn{0} && range.first == Mfn{0}));
        free_from = range.end();
    }
    ASSERT_EQ(set.frames(), model.size());
    for (std::uint64_t frame = 0; frame < space; ++frame)
        ASSERT_EQ(set.contains({Mfn{frame}, 1}), model.contains(frame)) << frame;
}

TEST(FrameSet, random_edits_agree_with_a_set_of_single_frames)
{
    constexpr std::uint64_t space = 64, longest = 12;
    std::mt19937_64 random{1};
    for (int run = 0; run < 50; ++run) {
        FrameSet set;
        std::set<std::uint64_t> model;
        for (int step = 0; step < 40; ++step) {
            const std::uint64_t first = random() % space;
            const std::uint64_t count = random() % std::min(longest, space - first + 1);
            const bool adding = random() % 2 == 0;
            adding ? set.add({Mfn{first}, count}) : set.remove({Mfn{first}, count});
            for (std::uint64_t frame = first; frame < first + count; ++frame)
                adding ? void(model.insert(frame)) : void(model.erase(frame));
            ASSERT_NO_FATAL_FAILURE(expect_same(set, model, space));
        }
    }
}

} // namespace
} // namespace lintel
