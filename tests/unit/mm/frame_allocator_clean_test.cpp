// SPDX-License-Identifier: Apache-2.0
// Frame allocator: clean and dirty blocks are kept apart, and none is lost while it is erased.
#include "mm/frame_allocator.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "fakes/frames_to_allocate.hpp"

namespace lintel {
namespace {

TEST_F(FrameAllocatorTest, what_is_freed_is_dirty_until_it_was_erased)
{
    frames_.release({Mfn{0}, size});
    EXPECT_EQ(frames_.dirty_frames(), size);
    EXPECT_FALSE(frames_.allocate_clean(0, dom0).ok());
    const auto block = frames_.take_dirty(order_2m);
    ASSERT_TRUE(block.has_value());
    EXPECT_EQ(block->order, order_2m);
    frames_.give_erased(*block);
    EXPECT_EQ(frames_.dirty_frames(), size - 512);
    EXPECT_EQ(frames_.free_frames(), size);
    EXPECT_EQ(frames_.allocate_clean(order_2m, dom0).take(), block->first);
    EXPECT_FALSE(frames_.allocate_clean(0, dom0).ok());
}

TEST_F(FrameAllocatorTest, small_dirty_blocks_are_erased_before_a_large_one_is_split)
{
    frames_.release({Mfn{0}, 512});
    frames_.release({Mfn{700}, 1});
    const auto block = frames_.take_dirty(0);
    ASSERT_TRUE(block.has_value());
    EXPECT_EQ(block->first, Mfn{700});
    EXPECT_TRUE(frames_.allocate(order_2m, dom0).ok()); // it is whole still
}

TEST_F(FrameAllocatorTest, block_that_is_being_erased_counts_as_free_and_is_nobody_elses)
{
    frames_.release({Mfn{0}, 8});
    const auto block = frames_.take_dirty(2);
    ASSERT_TRUE(block.has_value());
    EXPECT_EQ(frames_.free_frames(), 8u);
    EXPECT_EQ(frames_.dirty_frames(), 8u);
    EXPECT_EQ(frames_.owner(block->first), Owner::hypervisor);
    EXPECT_EQ(frames_.take({block->first, 1}, dom0).error(), Error::busy);
    EXPECT_FALSE(frames_.allocate(3, dom0).ok());
}

// Whoever asks how many are free takes no lock.
TEST(FrameAllocator, block_counts_as_free_at_every_moment_while_it_is_erased)
{
    for (unsigned round = 0; round < 100; ++round) {
        std::vector<FrameInfo> table(1024);
        FrameAllocator frames{table};
        frames.release({Mfn{0}, table.size()});
        std::atomic<bool> over{false};
        std::thread eraser{[&] {
            while (const auto block = frames.take_dirty(0))
                frames.give_erased(*block);
            over = true;
        }};
        std::uint64_t least = table.size();
        while (!over)
            least = std::min(least, frames.free_frames());
        eraser.join();
        ASSERT_EQ(least, table.size());
    }
}

TEST_F(FrameAllocatorTest, all_that_is_dirty_gets_erased_and_merges_again)
{
    frames_.release({Mfn{0}, size});
    unsigned steps = 0;
    while (const auto block = frames_.take_dirty(4)) {
        frames_.give_erased(*block);
        ASSERT_LT(++steps, size);
    }
    EXPECT_EQ(frames_.dirty_frames(), 0u);
    EXPECT_EQ(frames_.free_frames(), size);
    EXPECT_TRUE(frames_.allocate_clean(10, dom0).ok());
}

TEST_F(FrameAllocatorTest, whoever_clears_anyway_gets_clean_frames_first_and_is_told)
{
    frames_.release({Mfn{0}, 4});
    frames_.give_erased(*frames_.take_dirty(1));
    EXPECT_TRUE(frames_.allocate_for_clearing(0, dom0).take().clean);
    EXPECT_TRUE(frames_.allocate_for_clearing(0, dom0).take().clean);
    EXPECT_FALSE(frames_.allocate_for_clearing(0, dom0).take().clean);
}

TEST_F(FrameAllocatorTest, whoever_does_not_care_leaves_the_clean_ones)
{
    frames_.release({Mfn{0}, 4});
    frames_.give_erased(*frames_.take_dirty(1));
    EXPECT_TRUE(frames_.allocate(1, dom0).ok());
    EXPECT_EQ(frames_.dirty_frames(), 0u);
    EXPECT_TRUE(frames_.allocate_clean(1, dom0).ok());
}

TEST_F(FrameAllocatorTest, clean_and_dirty_buddies_stay_apart)
{
    frames_.release({Mfn{0}, 2});
    const Mfn a = frames_.allocate(0, dom0).take(), b = frames_.allocate(0, dom0).take();
    frames_.free(a, 0);
    frames_.free_clean(b, 0);
    EXPECT_FALSE(frames_.allocate(1, dom0).ok());
    EXPECT_EQ(frames_.allocate_clean(0, dom0).take(), b);
    EXPECT_FALSE(frames_.allocate_clean(0, dom0).ok());
}

TEST_F(FrameAllocatorTest, frame_taken_out_of_a_clean_block_leaves_the_rest_clean)
{
    frames_.release({Mfn{0}, 8});
    frames_.give_erased(*frames_.take_dirty(3));
    EXPECT_TRUE(frames_.take({Mfn{5}, 1}, dom0).ok());
    EXPECT_EQ(frames_.dirty_frames(), 0u);
    for (unsigned i = 0; i < 7; ++i)
        EXPECT_TRUE(frames_.allocate_clean(0, dom0).ok());
    frames_.free(Mfn{5}, 0);
    EXPECT_EQ(frames_.dirty_frames(), 1u);
}

TEST_F(FrameAllocatorTest, memory_kept_for_last_is_given_out_last_clean_or_not)
{
    frames_.keep_for_last(Mfn{4});
    frames_.release({Mfn{0}, 8});
    const Mfn others = frames_.allocate(2, dom0).take();
    frames_.give_erased(*frames_.take_dirty(2));
    frames_.free(others, 2);
    EXPECT_EQ(frames_.allocate_for_clearing(0, dom0).take().first, others);
    EXPECT_LT(frames_.allocate_clean(0, dom0).take().number, 4u);
}

} // namespace
} // namespace lintel
