// SPDX-License-Identifier: Apache-2.0
// What makes writes stable: flushes and FUA, from the guest's request down to the medium.
#include "block/backend.hpp"

#include "fakes/block_backend.hpp"
#include "fakes/loop_device.hpp"

namespace lintel::block {
namespace {

class BlockStable : public BlockBackend {
protected:
    // Of a write of one block, whose data is `letter`, or of a flush; and what the medium did until
    // the answer was there.
    LoopDevice::Done of(const lintel_block_request& slot, char letter = 0)
    {
        const auto before = device_.done();
        std::memset(guest_->pool(0).data(), letter, 4096);
        EXPECT_EQ(guest_->perform(slot), done);
        const auto after = device_.done();
        return {after.writes - before.writes, after.flushes - before.flushes};
    }
    static lintel_block_request write(std::uint64_t offset, std::uint8_t flags = 0)
    {
        return request(LINTEL_BLOCK_WRITE, offset, 4096, flags);
    }

    LoopDevice device_{4 << 20, true};
};

TEST_F(BlockStable, medium_has_each_write_before_the_flush_that_was_asked_for_after_it)
{
    if (!device_.why.empty())
        GTEST_SKIP() << device_.why;
    start_connected({.image = {.path = device_.path}, .shape = {}, .throttle = {}});
    const auto flush = request(LINTEL_BLOCK_FLUSH, 0, 0);
    for (std::uint64_t round = 0; round < 3; round++) {
        const auto wrote = of(write(round * 4096), 'w');
        EXPECT_EQ(wrote.writes, 1u) << "it is with the medium when it is answered, in no cache";
        EXPECT_EQ(wrote.flushes, 0u) << "and not stable";
        EXPECT_EQ(of(flush).flushes, 1u);
    }
    disk_->stop();
    EXPECT_EQ(disk_->statistics.of(Operation::flush).requests, 3u);
    EXPECT_EQ(disk_->statistics.fua, 0u);
}

// This medium cannot write through its cache, so the kernel adds a flush.
TEST_F(BlockStable, write_with_fua_is_stable_when_it_is_answered)
{
    if (!device_.why.empty())
        GTEST_SKIP() << device_.why;
    start_connected({.image = {.path = device_.path}, .shape = {}, .throttle = {}});
    for (std::uint64_t round = 0; round < 3; round++) {
        const auto through = of(write(round * 4096, LINTEL_BLOCK_FUA), 'f');
        EXPECT_EQ(through.writes, 1u);
        EXPECT_EQ(through.flushes, 1u);
    }
    disk_->stop();
    EXPECT_EQ(disk_->statistics.fua, 3u);
    EXPECT_EQ(disk_->statistics.of(Operation::write).requests, 3u);
    EXPECT_EQ(disk_->statistics.of(Operation::flush).requests, 0u);
}

// By pages of the guest, which go another way to the kernel.
TEST_F(BlockStable, direct_write_with_fua_is_stable_too)
{
    if (!device_.why.empty())
        GTEST_SKIP() << device_.why;
    start_connected({.image = {.path = device_.path}, .shape = {}, .throttle = {}});
    const auto memory = guest_->allocate(2);
    auto slot = direct(LINTEL_BLOCK_WRITE, 0, memory, 0, 8192);
    EXPECT_EQ(of(slot).flushes, 0u);
    slot.flags |= LINTEL_BLOCK_FUA;
    EXPECT_EQ(of(slot).flushes, 1u);
}

TEST_F(BlockBackend, flush_and_fua_are_carried_out)
{
    start_connected();
    std::memset(guest_->pool(0).data(), 'f', 4096);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 0, 4096, LINTEL_BLOCK_FUA)), done);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_FLUSH, 0, 0)), done);
    EXPECT_EQ(image_.read(0, 4096), std::string(4096, 'f'));
    disk_->stop();
    EXPECT_EQ(disk_->statistics.of(Operation::flush).requests, 1u);
    EXPECT_EQ(disk_->statistics.of(Operation::write).requests, 1u);
    EXPECT_EQ(disk_->statistics.fua, 1u);
}

} // namespace
} // namespace lintel::block
