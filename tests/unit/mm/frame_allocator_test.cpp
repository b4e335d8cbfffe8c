// SPDX-License-Identifier: Apache-2.0
// Frame allocator: blocks split and merge, nothing is given twice, misuse dies.
#include "mm/frame_allocator.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "fakes/frames_to_allocate.hpp"

namespace lintel {
namespace {

TEST_F(FrameAllocatorTest, new_one_has_nothing)
{
    EXPECT_EQ(frames_.free_frames(), 0u);
    EXPECT_EQ(frames_.allocate(0, dom0).error(), Error::no_memory);
    EXPECT_EQ(frames_.owner(Mfn{0}), Owner::none);
}

TEST_F(FrameAllocatorTest, block_is_aligned_to_its_size_and_owned_whole)
{
    frames_.release({Mfn{1}, size - 1});
    const Mfn block = frames_.allocate(6, dom0).take();
    EXPECT_EQ(block.number % 64, 0u);
    EXPECT_EQ(frames_.owner(block), dom0);
    EXPECT_EQ(frames_.owner(block + 63), dom0);
    EXPECT_EQ(frames_.owner(block + 64), Owner::free);
    EXPECT_EQ(frames_.free_frames(), size - 1 - 64);
}

TEST_F(FrameAllocatorTest, halves_merge_again_whichever_comes_back_first)
{
    frames_.release({Mfn{0}, size});
    for (const bool lower_first : {true, false}) {
        const Mfn a = frames_.allocate(9, dom0).take(), b = frames_.allocate(9, dom0).take();
        EXPECT_FALSE(frames_.allocate(9, dom0).ok());
        frames_.free(lower_first ? std::min(a, b) : std::max(a, b), 9);
        frames_.free(lower_first ? std::max(a, b) : std::min(a, b), 9);
        const Mfn whole = frames_.allocate(10, dom0).take();
        frames_.free(whole, 10);
    }
}

TEST_F(FrameAllocatorTest, neighbours_that_are_not_buddies_stay_apart)
{
    frames_.release({Mfn{1}, 2}); // 1 is the buddy of 0, 2 that of 3
    EXPECT_EQ(frames_.allocate(1, dom0).error(), Error::no_memory);
    EXPECT_TRUE(frames_.allocate(0, dom0).ok());
    EXPECT_TRUE(frames_.allocate(0, dom0).ok());
}

TEST_F(FrameAllocatorTest, odd_range_is_usable_to_the_last_frame)
{
    constexpr MfnRange odd{Mfn{3}, 777};
    frames_.release(odd);
    EXPECT_EQ(frames_.free_frames(), odd.count);
    std::map<std::uint64_t, int> seen;
    for (std::uint64_t i = 0; i < odd.count; ++i) {
        const Mfn frame = frames_.allocate(0, dom0).take();
        EXPECT_TRUE(odd.contains(frame));
        EXPECT_EQ(++seen[frame.number], 1);
    }
    EXPECT_EQ(frames_.free_frames(), 0u);
    EXPECT_EQ(frames_.allocate(0, dom0).error(), Error::no_memory);
}

TEST_F(FrameAllocatorTest, block_freed_in_parts_becomes_whole)
{
    frames_.release({Mfn{0}, 8});
    const Mfn block = frames_.allocate(3, dom0).take();
    frames_.release({block + 1, 7});
    frames_.release({block, 1});
    EXPECT_TRUE(frames_.allocate(3, dom0).ok());
}

TEST_F(FrameAllocatorTest, wanted_frames_are_taken_out_of_a_free_block)
{
    frames_.release({Mfn{0}, size});
    ASSERT_TRUE(frames_.take({Mfn{37}, 3}, dom0).ok());
    for (std::uint64_t frame = 0; frame < 64; ++frame)
        EXPECT_EQ(frames_.owner(Mfn{frame}), frame >= 37 && frame < 40 ? dom0 : Owner::free);
    EXPECT_EQ(frames_.free_frames(), size - 3);
    for (std::uint64_t frame = 37; frame < 40; ++frame)
        frames_.free(Mfn{frame}, 0);
    EXPECT_TRUE(frames_.allocate(10, dom0).ok()); // all of it is one block again
}

TEST_F(FrameAllocatorTest, nothing_is_taken_unless_all_of_it_is_free)
{
    frames_.release({Mfn{0}, 8});
    ASSERT_TRUE(frames_.take({Mfn{5}, 1}, dom0).ok());
    EXPECT_EQ(frames_.take({Mfn{4}, 2}, dom0).error(), Error::busy);
    EXPECT_EQ(frames_.take({Mfn{7}, 2}, dom0).error(), Error::busy); // 8 was never ours to give
    EXPECT_EQ(frames_.take({Mfn{size - 1}, 2}, dom0).error(), Error::busy);
    EXPECT_EQ(frames_.free_frames(), 7u);
}

TEST_F(FrameAllocatorTest, frames_kept_for_last_are_given_when_no_others_are_left)
{
    frames_.keep_for_last(Mfn{8});
    frames_.release({Mfn{0}, 16});
    for (unsigned i = 0; i < 8; ++i)
        EXPECT_GE(frames_.allocate(0, dom0).take().number, 8u);
    EXPECT_EQ(frames_.allocate(3, dom0).take(), Mfn{0});
    EXPECT_FALSE(frames_.allocate(0, dom0).ok());
    for (std::uint64_t frame = 0; frame < 16; ++frame)
        frames_.free(Mfn{frame}, 0);
    EXPECT_FALSE(frames_.allocate(4, dom0).ok()); // the two kinds do not merge
    EXPECT_EQ(frames_.allocate(3, dom0).take(), Mfn{8});
}

TEST_F(FrameAllocatorTest, frames_outside_the_table_belong_to_nobody)
{
    EXPECT_EQ(frames_.owner(Mfn{size}), Owner::none);
    EXPECT_EQ(frames_.owner(Mfn{~0ull}), Owner::none);
}

TEST(FrameAllocator, largest_block_is_1_gib)
{
    std::vector<FrameInfo> table(2ull << order_1g);
    FrameAllocator frames{table};
    frames.release({Mfn{0}, table.size()});
    EXPECT_EQ(frames.allocate(order_1g, dom0).take().number % (1ull << order_1g), 0u);
    EXPECT_TRUE(frames.allocate(order_1g, dom0).ok());
    EXPECT_EQ(frames.free_frames(), 0u);
}

TEST_F(FrameAllocatorDeathTest, freeing_twice_dies)
{
    frames_.release({Mfn{0}, 16});
    const Mfn frame = frames_.allocate(0, dom0).take();
    frames_.free(frame, 0);
    EXPECT_DEATH(frames_.free(frame, 0), "owner != Owner::free");
}

TEST_F(FrameAllocatorDeathTest, freeing_a_block_that_is_partly_free_dies)
{
    frames_.release({Mfn{0}, 16});
    const Mfn block = frames_.allocate(2, dom0).take();
    frames_.free(block + 3, 0);
    EXPECT_DEATH(frames_.free(block, 2), "owner != Owner::free");
}

TEST_F(FrameAllocatorDeathTest, misaligned_or_outlying_blocks_die)
{
    EXPECT_DEATH(frames_.free(Mfn{1}, 1), "number %");
    EXPECT_DEATH(frames_.release({Mfn{size - 1}, 2}), "table_.size");
}

} // namespace
} // namespace lintel
