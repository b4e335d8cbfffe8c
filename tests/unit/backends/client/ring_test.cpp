// SPDX-License-Identifier: Apache-2.0
// Typed rings: notifications go out by themselves, and draining has a limit.
#include "client/ring.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "client/loopback.hpp"
#include "fakes/ring_start.hpp"

namespace lintel::client {
namespace {

constexpr std::uint32_t order = 3;
constexpr std::uint32_t size = 1u << order;

struct Request {
    std::uint32_t number;
    std::uint32_t zero;
};

class ClientRing : public testing::Test {
protected:
    ClientRing() { EXPECT_EQ(consumer_.await_items(), Step::none); }

    void produce(std::uint32_t first, std::uint32_t count)
    {
        for (std::uint32_t i = 0; i < count; i++)
            EXPECT_EQ(producer_.put({first + i, 0}), Step::done);
        producer_.publish();
    }
    Step drain(std::uint32_t most)
    {
        taken_.clear();
        return consumer_.drain(most,
                               [&](const Request& request) { taken_.push_back(request.number); });
    }
    lintel_ring& ring() { return *reinterpret_cast<lintel_ring*>(memory_.bytes().data()); }

    LoopbackMemory memory_{1};
    LoopbackPort to_consumer_;
    LoopbackPort to_producer_;
    Producer<Request, LoopbackPort::Sender> producer_{memory_.bytes(), order,
                                                      to_consumer_.sender()};
    Consumer<Request, LoopbackPort::Sender> consumer_{memory_.bytes(), order,
                                                      to_producer_.sender()};
    std::vector<std::uint32_t> taken_;
};

TEST_F(ClientRing, publishing_notifies_who_waits)
{
    produce(1, 2);
    EXPECT_TRUE(to_consumer_.take());
    EXPECT_EQ(drain(100), Step::none);
    EXPECT_EQ(taken_, (std::vector<std::uint32_t>{1, 2}));
    produce(3, 1);
    EXPECT_TRUE(to_consumer_.take());
}

TEST_F(ClientRing, draining_stops_at_its_limit_and_wants_no_notification)
{
    produce(1, 5);
    EXPECT_TRUE(to_consumer_.take());
    EXPECT_EQ(drain(3), Step::done);
    EXPECT_EQ(taken_, (std::vector<std::uint32_t>{1, 2, 3}));
    produce(6, 1);
    EXPECT_FALSE(to_consumer_.take());
    EXPECT_EQ(drain(3), Step::done) << "whether there are more is not looked at";
    EXPECT_EQ(drain(3), Step::none);
    EXPECT_TRUE(taken_.empty());
}

TEST_F(ClientRing, producer_waits_for_room)
{
    produce(1, size);
    EXPECT_EQ(producer_.put({9, 0}), Step::none);
    EXPECT_EQ(producer_.await_room(), Step::none);
    to_producer_.take();
    EXPECT_EQ(drain(1), Step::done);
    EXPECT_TRUE(to_producer_.take());
    EXPECT_EQ(producer_.await_room(), Step::done);
    EXPECT_EQ(producer_.put({9, 0}), Step::done);
}

TEST_F(ClientRing, producer_that_never_stops_is_drained_within_the_limit)
{
    // It fills the ring anew whenever slots are released.
    const auto refill = [&] {
        for (std::uint32_t i = 0; i < size; i++)
            fill_slot(&ring(), sizeof(Request), order, ring().consumed + i);
        ring().room_wanted = ring().consumed;
    };
    Consumer<Request, decltype(refill)> consumer{memory_.bytes(), order, refill};
    refill();
    std::uint32_t handled = 0;
    EXPECT_EQ(consumer.drain(3 * size, [&](const Request&) { handled++; }), Step::done);
    EXPECT_EQ(handled, 3 * size);
    EXPECT_EQ(ring().consumed, 3 * size);
}

TEST_F(ClientRing, impossible_lap_or_index_breaks_and_nothing_mends_it)
{
    fill_slot(&ring(), sizeof(Request), order, size); // of the next lap
    EXPECT_EQ(drain(100), Step::broken);
    fill_slot(&ring(), sizeof(Request), order, 0);
    EXPECT_EQ(drain(100), Step::broken);
    EXPECT_TRUE(consumer_.broken());
    EXPECT_TRUE(taken_.empty());
    ring().consumed = 1;
    EXPECT_EQ(producer_.await_room(), Step::broken);
    EXPECT_EQ(producer_.put({1, 0}), Step::broken);
    EXPECT_TRUE(producer_.broken());
    EXPECT_FALSE(to_consumer_.take());
}

TEST_F(ClientRing, memory_that_is_too_small_or_not_aligned_is_our_own_mistake)
{
    using Large = Producer<Request, LoopbackPort::Sender>;
    EXPECT_DEATH((Large{memory_.bytes(), 10, to_consumer_.sender()}), "memory.size");
    EXPECT_DEATH((Large{memory_.bytes().subspan(8), order, to_consumer_.sender()}), "% 64");
}

} // namespace
} // namespace lintel::client
