// SPDX-License-Identifier: Apache-2.0
// What the tests of a disk's queue have in common: a queue between rings in memory and a disk whose
// I/O ends when they say.
#pragma once

#include <gtest/gtest.h>

#include "block/queue.hpp"
#include "client/block_twin.hpp"
#include "client/loopback.hpp"
#include "fakes/block_slots.hpp"
#include "fakes/fake_disk.hpp"
#include "fakes/ring_start.hpp"

namespace lintel::block {

inline constexpr std::uint32_t order = 2;
inline constexpr std::uint32_t size = 1u << order;
inline constexpr std::uint32_t done = LINTEL_BLOCK_DONE;

class BlockQueue : public testing::Test {
protected:
    BlockQueue() { EXPECT_EQ(queue_.serve(0), Turn::waits); }

    static Rules rules()
    {
        Rules all = every_feature_of(1 << 20, 4);
        all.config.most_erased = 1 << 20;
        return all;
    }
    static lintel_block_request request(std::uint8_t operation, std::uint64_t offset,
                                        std::uint32_t bytes, std::uint32_t place = 0)
    {
        auto slot = slot_of(operation, offset, bytes);
        slot.place = place;
        return slot;
    }
    std::uint32_t submit(const lintel_block_request& slot)
    {
        const auto id = twin_.submit(slot);
        EXPECT_TRUE(id);
        twin_.publish();
        return id.value_or(~0u);
    }
    // With the second look after what was begun.
    Turn serve()
    {
        Turn turn;
        do
            turn = queue_.serve(now_);
        while (turn == Turn::again);
        return turn;
    }
    void finish(std::size_t most = ~std::size_t{0})
    {
        const auto [token, result] = disk_.carry_out(most);
        EXPECT_EQ(token.queue, 3u);
        queue_.finished(token.flight, result, now_);
    }
    void fail(int error) { queue_.finished(disk_.carry_out(0).first.flight, -error, now_); }
    // The status of the one completion that there is.
    std::uint32_t answer(std::uint32_t id)
    {
        queue_.say_rest();
        const auto completion = twin_.take();
        EXPECT_TRUE(completion && completion->id == id);
        EXPECT_FALSE(twin_.take());
        (void)twin_.await();
        return completion ? completion->status : ~0u;
    }
    // Of a request that is answered without the disk.
    std::uint32_t refusal(const lintel_block_request& slot)
    {
        const std::uint32_t id = submit(slot);
        EXPECT_EQ(serve(), Turn::waits);
        EXPECT_TRUE(disk_.started.empty());
        EXPECT_TRUE(queue_.idle());
        return answer(id);
    }
    // No producer can have come to that lap.
    void lie(std::uint32_t slot)
    {
        set_lap(submission_.bytes().data(), sizeof(lintel_block_request), order, slot,
                0x8000ull << LINTEL_RING_LAP_SHIFT);
    }
    lintel_ring& completions()
    {
        return *reinterpret_cast<lintel_ring*>(completion_.bytes().data());
    }

    client::LoopbackMemory submission_{1}, completion_{1}, pool_{4};
    client::LoopbackPort to_backend_, to_frontend_;
    FakeDisk disk_{1 << 20};
    FakeGuestPages guest_;
    Throttle throttle_;
    Statistics statistics_;
    Nanoseconds now_ = 0;
    Queue<FakeDisk, FakeGuestPages, client::LoopbackPort::Sender> queue_{
        3,
        {submission_.bytes(), completion_.bytes(), pool_.bytes()},
        order,
        rules(),
        {disk_, guest_, throttle_, statistics_},
        to_frontend_.sender()};
    client::BlockTwin<client::LoopbackPort::Sender> twin_{submission_.bytes(), completion_.bytes(),
                                                          order, to_backend_.sender()};
};

} // namespace lintel::block
