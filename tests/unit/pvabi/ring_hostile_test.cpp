// SPDX-License-Identifier: Apache-2.0
// A peer that lies: every index and every lap that cannot be ends the ring, nothing else it writes
// matters.
#include <lintel/ring.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/ring_start.hpp"

namespace lintel {
namespace {

constexpr std::uint32_t order = 3;
constexpr std::uint32_t size = 1u << order;
constexpr std::uint32_t slot_bytes = 16;

struct Item {
    std::uint64_t words[2];
};

// Memory of exactly a ring's size, so that the sanitizer sees a step beyond it.
class RingHostile : public testing::TestWithParam<std::uint32_t> {
protected:
    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };

    RingHostile() : first_{GetParam()} { fresh(); }

    void fresh()
    {
        memory_.reset(std::aligned_alloc(64, LINTEL_RING_BYTES(slot_bytes, order)));
        lintel_ring_init(memory_.get(), slot_bytes, order);
        start_ring_at(memory_.get(), slot_bytes, order, first_);
        ASSERT_EQ(attach_producer(), 0);
        ASSERT_EQ(attach_consumer(), 0);
    }
    int attach_producer()
    {
        return lintel_ring_attach_producer(&producer_, memory_.get(), slot_bytes, order);
    }
    int attach_consumer()
    {
        return lintel_ring_attach_consumer(&consumer_, memory_.get(), slot_bytes, order);
    }
    // What a producer does to the slot of an index, and what only a liar does.
    void fill(std::uint32_t index) { fill_slot(memory_.get(), slot_bytes, order, index); }
    void lie(std::uint32_t index, std::uint32_t laps)
    {
        const auto lap = lap_of(index, order) + (std::uint64_t{laps} << LINTEL_RING_LAP_SHIFT);
        set_lap(memory_.get(), slot_bytes, order, index, lap | 1);
    }
    const char* slots() const
    {
        return static_cast<const char*>(memory_.get()) + LINTEL_RING_HEADER;
    }
    lintel_ring& ring() { return *static_cast<lintel_ring*>(memory_.get()); }
    int put()
    {
        const Item item{{1, 2}};
        return lintel_ring_put(&producer_, &item, sizeof item);
    }
    int take()
    {
        Item item;
        return lintel_ring_take(&consumer_, &item, sizeof item);
    }

    // Distances that mean trouble: just beyond the limits, half of the range, backwards.
    static std::vector<std::uint32_t> impossible(std::uint32_t limit)
    {
        return {limit + 1,  size + limit + 1, 2 * size + 1, 0x7fffffff,
                0x80000000, 0x80000001,       0u - size,    0u - 1};
    }

    const std::uint32_t first_;
    std::unique_ptr<void, Free> memory_;
    lintel_ring_producer producer_;
    lintel_ring_consumer consumer_;
};

TEST_P(RingHostile, consumer_refuses_every_lap_but_two)
{
    for (std::uint32_t taken = 0; taken <= 3; taken++)
        for (std::uint32_t laps = 0; laps <= 0xffff; laps++) {
            if (laps % 0x101 > 2 && laps < 0xfff0 && laps != 0x8000)
                continue; // some of them
            fresh();
            for (std::uint32_t i = 0; i < taken; i++) {
                fill(first_ + i);
                ASSERT_EQ(take(), 1);
            }
            lie(first_ + taken, laps);
            const int expected = laps == 0 ? 1 : laps == 0xffff ? 0 : LINTEL_RING_BROKEN;
            EXPECT_EQ(lintel_ring_items(&consumer_), expected) << laps;
            EXPECT_EQ(take(), expected) << laps;
        }
}

TEST_P(RingHostile, slot_that_was_filled_cannot_become_empty)
{
    fill(first_);
    ASSERT_EQ(lintel_ring_await_items(&consumer_, 1), 1);
    lie(first_, 0xffff);
    EXPECT_EQ(take(), LINTEL_RING_BROKEN);

    fresh();
    fill(first_);
    fill(first_ + 1);
    ASSERT_EQ(lintel_ring_items(&consumer_), 2);
    ASSERT_EQ(take(), 1);
    lie(first_ + 1, 0xffff);
    EXPECT_EQ(lintel_ring_await_items(&consumer_, 1), LINTEL_RING_BROKEN);
}

TEST_P(RingHostile, producer_refuses_what_no_consumer_can_have_consumed)
{
    for (std::uint32_t published = 0; published <= size; published++)
        for (const std::uint32_t distance : impossible(published)) {
            fresh();
            for (std::uint32_t i = 0; i < published; i++)
                ASSERT_EQ(put(), 1);
            lintel_ring_publish(&producer_);
            ring().consumed = first_ + distance;
            EXPECT_EQ(lintel_ring_room(&producer_), LINTEL_RING_BROKEN) << distance;
        }
}

TEST_P(RingHostile, slots_that_were_not_released_cannot_be_filled_again)
{
    for (std::uint32_t i = 0; i < size; i++) {
        fill(first_ + i);
        ASSERT_EQ(take(), 1);
        fill(first_ + size + i); // runs ahead
    }
    EXPECT_EQ(take(), 0);
    EXPECT_EQ(lintel_ring_items(&consumer_), 0);
    lintel_ring_release(&consumer_);
    EXPECT_EQ(lintel_ring_items(&consumer_), static_cast<int>(size));
}

TEST_P(RingHostile, every_function_finds_the_impossible_index_and_none_forgets_it)
{
    using Call = std::function<int()>;
    const std::vector<Call> consumers = {[&] { return take(); },
                                         [&] { return lintel_ring_items(&consumer_); },
                                         [&] { return lintel_ring_await_items(&consumer_, 1); }};
    for (const Call& call : consumers) {
        fresh();
        lie(first_, 1);
        EXPECT_EQ(call(), LINTEL_RING_BROKEN);
        fill(first_); // too late
        for (const Call& later : consumers)
            EXPECT_EQ(later(), LINTEL_RING_BROKEN);
        EXPECT_EQ(lintel_ring_release(&consumer_), 0);
        EXPECT_EQ(ring().consumed, first_);
    }
    const std::vector<Call> producers = {[&] { return put(); },
                                         [&] { return lintel_ring_room(&producer_); },
                                         [&] { return lintel_ring_await_room(&producer_, 1); }};
    for (const Call& call : producers) {
        fresh();
        while (put() == 1) {
        }
        ring().consumed = first_ + size + 1;
        EXPECT_EQ(call(), LINTEL_RING_BROKEN);
        ring().consumed = first_;
        for (const Call& later : producers)
            EXPECT_EQ(later(), LINTEL_RING_BROKEN);
        EXPECT_EQ(lintel_ring_publish(&producer_), 0);
        EXPECT_EQ(ring().produced, first_);
    }
}

TEST_P(RingHostile, broken_producer_puts_nothing_though_it_knew_of_room)
{
    ASSERT_EQ(put(), 1);
    ring().consumed = first_ + 2;
    EXPECT_EQ(lintel_ring_await_room(&producer_, 1), LINTEL_RING_BROKEN);
    const std::vector<char> before{slots(), slots() + size * slot_bytes};
    ring().consumed = first_ + 1;
    for (std::uint32_t i = 0; i <= size; i++)
        EXPECT_EQ(put(), LINTEL_RING_BROKEN);
    EXPECT_EQ(before, (std::vector<char>{slots(), slots() + size * slot_bytes}));
}

TEST_P(RingHostile, what_the_peer_writes_to_the_own_line_is_not_read)
{
    put();
    ring().produced = 0xdeadbeef;
    ring().room_wanted = 0xdeadbeef;
    EXPECT_EQ(lintel_ring_room(&producer_), static_cast<int>(size) - 1);
    lintel_ring_publish(&producer_);
    EXPECT_EQ(ring().produced, first_ + 1);

    ring().consumed = 0xdeadbeef;
    ring().items_wanted = 0xdeadbeef;
    ring().produced = 0xdeadbeef; // for the attaching only
    EXPECT_EQ(take(), 1);
    EXPECT_EQ(take(), 0);
    lintel_ring_release(&consumer_);
    EXPECT_EQ(ring().consumed, first_ + 1);
}

TEST_P(RingHostile, any_wish_costs_no_more_than_one_notification_for_each_show)
{
    for (const std::uint32_t wish :
         {0u, 1u, first_, first_ - 1, first_ + size, first_ + 0x80000000u, ~0u}) {
        fresh();
        for (std::uint32_t i = 0; i < 4 * size; i++) {
            ring().items_wanted = ring().room_wanted = wish + i;
            ASSERT_EQ(put(), 1);
            const int notify_consumer = lintel_ring_publish(&producer_);
            EXPECT_TRUE(notify_consumer == 0 || notify_consumer == 1);
            EXPECT_EQ(lintel_ring_publish(&producer_), 0);
            ASSERT_EQ(take(), 1);
            const int notify_producer = lintel_ring_release(&consumer_);
            EXPECT_TRUE(notify_producer == 0 || notify_producer == 1);
            EXPECT_EQ(lintel_ring_release(&consumer_), 0);
        }
    }
}

TEST_P(RingHostile, attaching_refuses_indices_that_do_not_fit_each_other)
{
    for (const std::uint32_t distance :
         {size + 1, 2 * size, 0x7fffffffu, 0x80000000u, 0u - size - 1}) {
        ring().produced = first_ + distance;
        ring().consumed = first_;
        EXPECT_EQ(attach_producer(), LINTEL_RING_BROKEN) << distance;
        EXPECT_EQ(put(), LINTEL_RING_BROKEN);
        EXPECT_EQ(attach_consumer(), LINTEL_RING_BROKEN) << distance;
        EXPECT_EQ(take(), LINTEL_RING_BROKEN);
    }
    for (std::uint32_t distance = 0; distance <= size; distance++) {
        ring().produced = first_ + distance;
        EXPECT_EQ(attach_producer(), 0);
        EXPECT_EQ(lintel_ring_room(&producer_), static_cast<int>(size - distance));
        EXPECT_EQ(attach_consumer(), 0);
    }
}

TEST_P(RingHostile, attaching_producer_steps_over_no_more_than_the_ring)
{
    for (std::uint32_t i = 0; i < size; i++)
        fill(first_ + i);
    EXPECT_EQ(attach_producer(), 0);
    EXPECT_EQ(put(), 0);
    EXPECT_EQ(lintel_ring_room(&producer_), 0);
}

INSTANTIATE_TEST_SUITE_P(FirstIndex, RingHostile,
                         testing::Values(0u, 5u, 0x7ffffffcu, 0u - 2 * size - 2, 0u - 4, 0u - 1));

} // namespace
} // namespace lintel
