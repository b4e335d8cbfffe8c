// SPDX-License-Identifier: Apache-2.0
// Frame allocator: random use, against plain lists of what was given.
#include "mm/frame_allocator.hpp"

#include <random>
#include <utility>
#include <vector>

#include "fakes/frames_to_allocate.hpp"

namespace lintel {
namespace {

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
