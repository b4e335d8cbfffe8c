// SPDX-License-Identifier: Apache-2.0
// Frames on their way out of a map: none gets lost, none is freed twice.
#include "mm/retired_frames.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

class RetiredFramesTest : public testing::Test {
protected:
    RetiredFramesTest() { allocator_.release({{0}, table_.size()}); }
    Mfn allocate() { return allocator_.allocate(0, Owner::hypervisor).take(); }
    // How many frames that frees.
    std::uint64_t release(RetiredFrames& retired)
    {
        const std::uint64_t before = allocator_.free_frames();
        retired.release(allocator_);
        return allocator_.free_frames() - before;
    }
    std::vector<FrameInfo> table_ = std::vector<FrameInfo>(64);
    FrameAllocator allocator_{table_};
};

TEST_F(RetiredFramesTest, all_are_freed_once)
{
    RetiredFrames retired;
    const Mfn first = allocate(), second = allocate();
    retired.add(allocator_, first);
    retired.add(allocator_, second);
    EXPECT_EQ(allocator_.free_frames(), 62u);
    EXPECT_EQ(release(retired), 2u);
    EXPECT_EQ(allocator_.owner(first), Owner::free);
    EXPECT_EQ(allocator_.owner(second), Owner::free);
    EXPECT_EQ(allocator_.free_frames(), 64u);
    EXPECT_TRUE(retired.empty());
    EXPECT_EQ(release(retired), 0u);
}

TEST_F(RetiredFramesTest, another_list_is_taken_over_whole)
{
    RetiredFrames retired, other;
    retired.add(allocator_, allocate());
    other.add(allocator_, allocate());
    other.add(allocator_, allocate());
    retired.take_over(allocator_, other);
    EXPECT_TRUE(other.empty());
    EXPECT_EQ(release(retired), 3u);
}

TEST_F(RetiredFramesTest, what_is_forgotten_stays_allocated)
{
    RetiredFrames retired;
    retired.add(allocator_, allocate());
    retired.forget();
    EXPECT_TRUE(retired.empty());
    EXPECT_EQ(allocator_.free_frames(), 63u);
}

TEST_F(RetiredFramesTest, a_stale_frame_can_be_freed_through_the_list_only)
{
    const Mfn frame = allocate();
    allocator_.set_stale({frame, 1}, true);
    EXPECT_DEATH(allocator_.free(frame, 0), "stale");
    RetiredFrames retired;
    retired.add(allocator_, frame);
    EXPECT_EQ(release(retired), 1u);
}

} // namespace
} // namespace lintel
