// SPDX-License-Identifier: Apache-2.0
// A bag of frames: everything comes back with it, once.
#include "mm/frame_bag.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

class FrameBagTest : public testing::Test {
protected:
    FrameBagTest() { allocator_.release({{0}, table_.size()}); }
    void fill(FrameBag& bag, unsigned order)
    {
        bag.add(allocator_.allocate(order, Owner::hypervisor).take(), order);
    }
    std::vector<FrameInfo> table_ = std::vector<FrameInfo>(64);
    FrameAllocator allocator_{table_};
};

TEST_F(FrameBagTest, blocks_of_all_sizes_come_back_at_the_end)
{
    {
        FrameBag bag{allocator_};
        for (const unsigned order : {0, 3, 1, 0, 2})
            fill(bag, order);
        EXPECT_EQ(bag.frames(), 16u);
        EXPECT_EQ(allocator_.free_frames(), 48u);
    }
    EXPECT_EQ(allocator_.free_frames(), 64u);
    EXPECT_TRUE(allocator_.allocate(6, Owner::hypervisor).ok()); // merged again
}

TEST_F(FrameBagTest, moved_bag_keeps_them)
{
    FrameBag bag{allocator_};
    fill(bag, 2);
    {
        const FrameBag other = std::move(bag);
        EXPECT_EQ(bag.frames(), 0u);
        EXPECT_EQ(other.frames(), 4u);
        EXPECT_EQ(allocator_.free_frames(), 60u);
    }
    EXPECT_EQ(allocator_.free_frames(), 64u);
}

} // namespace
} // namespace lintel
