// SPDX-License-Identifier: Apache-2.0
// Two threads with the real barriers: all items arrive in order, and whoever waits is notified in
// time.
#include <lintel/ring.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <semaphore>
#include <thread>

#include <gtest/gtest.h>

#include "fakes/ring_start.hpp"

namespace lintel {
namespace {

constexpr std::uint32_t order = 2;
constexpr std::uint64_t most_items = 100'000;
constexpr std::chrono::seconds longest{1}; // a machine with little time for us gets through fewer

struct Item {
    std::array<std::uint64_t, 4> words;
};

// One port: events are not counted.
class Port {
public:
    void notify()
    {
        if (!pending_.exchange(true))
            wake_.release();
    }
    // False: none came in a time in which the other thread has long gone on.
    bool wait()
    {
        if (!wake_.try_acquire_for(std::chrono::seconds{60}))
            return false;
        pending_ = false;
        return true;
    }

private:
    std::atomic<bool> pending_ = false;
    std::binary_semaphore wake_{0};
};

class RingThreads : public testing::TestWithParam<std::uint32_t> {
protected:
    RingThreads()
    {
        lintel_ring_init(memory_.data(), sizeof(Item), order);
        start_ring_at(memory_.data(), sizeof(Item), order, GetParam());
    }

    void produce()
    {
        lintel_ring_producer producer;
        ASSERT_EQ(lintel_ring_attach_producer(&producer, memory_.data(), sizeof(Item), order), 0);
        const auto end = std::chrono::steady_clock::now() + longest;
        for (std::uint64_t i = 1; i != 0;) {
            const bool last = i == most_items || std::chrono::steady_clock::now() > end;
            const Item item{{i, ~i, i << 32, last}};
            const int put = lintel_ring_put(&producer, &item, sizeof item);
            ASSERT_GE(put, 0);
            // Now and then several at once.
            if ((put == 0 || i % 3 == 0 || last) && lintel_ring_publish(&producer) != 0)
                to_consumer_.notify();
            const bool waits = put == 0 && lintel_ring_await_room(&producer, 1 + i % 4) == 0;
            ASSERT_TRUE(!waits || to_producer_.wait());
            i = put == 0 ? i : last ? 0 : i + 1;
        }
    }
    void consume()
    {
        lintel_ring_consumer consumer;
        ASSERT_EQ(lintel_ring_attach_consumer(&consumer, memory_.data(), sizeof(Item), order), 0);
        bool last = false;
        for (std::uint64_t i = 1; !last;) {
            Item item{};
            const int taken = lintel_ring_take(&consumer, &item, sizeof item);
            ASSERT_GE(taken, 0);
            last = item.words[3] != 0;
            ASSERT_TRUE(taken == 0 || item.words == (Item{{i, ~i, i << 32, last}}.words)) << i;
            i += static_cast<unsigned>(taken);
            if ((taken == 0 || i % 2 == 0) && lintel_ring_release(&consumer) != 0)
                to_producer_.notify();
            const bool waits = taken == 0 && lintel_ring_await_items(&consumer, 1) == 0;
            ASSERT_TRUE(!waits || to_consumer_.wait());
        }
    }

    alignas(64) std::array<std::byte, LINTEL_RING_BYTES(sizeof(Item), order)> memory_;
    Port to_producer_;
    Port to_consumer_;
};

TEST_P(RingThreads, all_items_arrive_in_order)
{
    std::thread consumer{[this] { consume(); }};
    produce();
    consumer.join();
}

// The second one wraps on the way.
INSTANTIATE_TEST_SUITE_P(FirstIndex, RingThreads, testing::Values(0u, 0u - 100u));

} // namespace
} // namespace lintel
