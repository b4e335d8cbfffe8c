// SPDX-License-Identifier: Apache-2.0
// Counts of what others use: first, last, and the limits of each count.
#include "mm/frame_uses.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "mm/frame_allocator.hpp"

namespace lintel {
namespace {

TEST(FrameUses, first_and_last_are_told)
{
    FrameInfo frame;
    EXPECT_FALSE(in_use(frame));
    EXPECT_TRUE(add_use(frame).take());
    EXPECT_FALSE(add_use(frame).take());
    EXPECT_TRUE(in_use(frame));
    EXPECT_FALSE(end_use(frame));
    EXPECT_TRUE(end_use(frame));
    EXPECT_FALSE(in_use(frame));
}

TEST(FrameUses, count_does_not_run_over)
{
    FrameInfo frame;
    frame.uses = 0xfffe;
    EXPECT_FALSE(add_use(frame).take());
    EXPECT_EQ(add_use(frame).error(), Error::limit_reached);
    EXPECT_FALSE(end_use(frame));
    EXPECT_TRUE(add_use(frame).ok());
}

TEST(FrameUses, direct_ones_are_counted_apart)
{
    FrameInfo frame;
    DirectUses{}.store(frame);
    DirectUses::of(frame).with(false).with(false).with(true).store(frame);
    EXPECT_EQ(DirectUses::of(frame).readers, 2);
    EXPECT_EQ(DirectUses::of(frame).writers, 1);
    DirectUses::of(frame).without(true).without(false).store(frame);
    EXPECT_EQ(DirectUses::of(frame).readers, 1);
    EXPECT_EQ(DirectUses::of(frame).writers, 0);
    DirectUses{0xffff, 0xffff}.store(frame);
    EXPECT_EQ(DirectUses::of(frame).writers, 0xffff);
    EXPECT_EQ(DirectUses::of(frame).without(true).readers, 0xffff);
}

TEST(FrameUses, frame_that_gets_an_owner_has_none)
{
    std::vector<FrameInfo> table(8);
    FrameAllocator frames{table};
    frames.release({Mfn{0}, 8});
    const Mfn block = frames.allocate(2, Owner{3}).take();
    for (unsigned i = 0; i < 4; ++i)
        EXPECT_EQ(DirectUses::of(frames.of(block + i)).readers +
                      DirectUses::of(frames.of(block + i)).writers,
                  0);
    frames.set_owner({block, 1}, Owner{4});
    EXPECT_EQ(frames.of(block).previous, 0u);
}

TEST(FrameUses, several_cpus_count_at_once)
{
    FrameInfo frame;
    std::vector<std::thread> cpus;
    for (int i = 0; i < 4; ++i)
        cpus.emplace_back([&] {
            for (int round = 0; round < 20'000; ++round) {
                EXPECT_TRUE(add_use(frame).ok());
                end_use(frame);
            }
        });
    for (std::thread& cpu : cpus)
        cpu.join();
    EXPECT_EQ(frame.uses, 0);
}

TEST(FrameUsesDeathTest, what_is_not_in_use_cannot_end)
{
    FrameInfo frame;
    EXPECT_DEATH(end_use(frame), "before");
    DirectUses{}.store(frame);
    EXPECT_DEATH((void)DirectUses::of(frame).without(true), "writers");
}

TEST(FrameUsesDeathTest, frame_in_use_is_not_freed)
{
    std::vector<FrameInfo> table(8);
    FrameAllocator frames{table};
    frames.release({Mfn{0}, 8});
    const Mfn frame = frames.allocate(0, Owner{3}).take();
    EXPECT_TRUE(add_use(frames.of(frame)).ok());
    EXPECT_DEATH(frames.free(frame, 0), "uses");
}

} // namespace
} // namespace lintel
