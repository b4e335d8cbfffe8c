// SPDX-License-Identifier: Apache-2.0
// Frame allocator: blocks split and merge, nothing is given twice, misuse dies.
#include "mm/frame_allocator.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr Owner dom0 = static_cast<Owner>(0);

class FrameAllocatorTest : public testing::Test {
protected:
    static constexpr std::uint64_t size = 1024;
    std::vector<FrameInfo> table_ = std::vector<FrameInfo>(size);
    FrameAllocator frames_{table_};
};
using FrameAllocatorDeathTest = FrameAllocatorTest;

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

TEST_F(FrameAllocatorTest, random_operations_agree_with_a_list_of_blocks)
{
    struct Block {
        Mfn first;
        unsigned order;
        Owner owner;
    };
    std::mt19937_64 random{2};
    std::vector<Block> held;
    std::uint64_t held_frames = 0;
    frames_.release({Mfn{0}, size});
    for (int step = 0; step < 20'000; ++step) {
        if (held.empty() || random() % 2 == 0) {
            const auto order = static_cast<unsigned>(random() % 7);
            const auto owner = static_cast<Owner>(random() % 5);
            auto got = frames_.allocate(order, owner);
            if (!got.ok())
                continue;
            for (const Block& block : held)
                ASSERT_FALSE((MfnRange{block.first, 1ull << block.order}.overlaps(
                    {got.value(), 1ull << order})));
            held.push_back({got.value(), order, owner});
            held_frames += 1ull << order;
        } else {
            std::swap(held[random() % held.size()], held.back());
            const Block block = held.back();
            held.pop_back();
            for (std::uint64_t i = 0; i < 1ull << block.order; ++i)
                ASSERT_EQ(frames_.owner(block.first + i), block.owner);
            frames_.free(block.first, block.order);
            held_frames -= 1ull << block.order;
        }
        ASSERT_EQ(frames_.free_frames(), size - held_frames);
    }
    for (const Block& block : held)
        frames_.free(block.first, block.order);
    EXPECT_TRUE(frames_.allocate(10, dom0).ok()); // all of it is one block again
}

// --- clean and dirty ---

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

// Against a plain list of which frame is what.
TEST_F(FrameAllocatorTest, random_use_keeps_the_books)
{
    std::mt19937 random{7};
    frames_.release({Mfn{0}, size});
    struct Held {
        Mfn first;
        unsigned order;
    };
    std::vector<Held> held;
    std::uint64_t in_use = 0;
    for (int step = 0; step < 20'000; ++step) {
        const unsigned order = random() % 6;
        switch (random() % 4) {
        case 0:
            if (auto block = frames_.allocate_for_clearing(order, dom0); block.ok()) {
                held.push_back({block.value().first, order});
                in_use += 1ull << order;
            }
            break;
        case 1:
            if (const auto block = frames_.take_dirty(order))
                frames_.give_erased(*block);
            break;
        default:
            if (held.empty())
                break;
            std::swap(held[random() % held.size()], held.back());
            in_use -= 1ull << held.back().order;
            if (random() % 2 == 0)
                frames_.free(held.back().first, held.back().order);
            else
                frames_.free_clean(held.back().first, held.back().order);
            held.pop_back();
        }
        ASSERT_EQ(frames_.free_frames(), size - in_use);
        ASSERT_LE(frames_.dirty_frames(), frames_.free_frames());
    }
    for (const Held& block : held)
        frames_.free(block.first, block.order);
    while (const auto block = frames_.take_dirty(order_2m))
        frames_.give_erased(*block);
    EXPECT_EQ(frames_.free_frames(), size);
    EXPECT_TRUE(frames_.allocate_clean(10, dom0).ok());
}

} // namespace
} // namespace lintel
