// SPDX-License-Identifier: Apache-2.0
// One-way rings: order of the items, limits, wrapping indices, notifications that are due and not.
#include <lintel/ring.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <gtest/gtest.h>

#include <lintel/console.h>

#include "fakes/ring_start.hpp"

namespace lintel {
namespace {

constexpr std::uint32_t order = 2;
constexpr std::uint32_t size = 1u << order;

constexpr std::uint64_t payload = (1ull << LINTEL_RING_LAP_SHIFT) - 1; // of a slot's last word

struct Item {
    std::uint64_t number;
    std::uint64_t inverse;
};

class RingTest : public testing::Test {
protected:
    RingTest() { start_at(0); }

    // Both ends attach to an empty ring whose indices have come to `index`.
    void start_at(std::uint32_t index)
    {
        lintel_ring_init(memory_.data(), sizeof(Item), order);
        start_ring_at(memory_.data(), sizeof(Item), order, index);
        EXPECT_EQ(lintel_ring_attach_producer(&producer_, memory_.data(), sizeof(Item), order), 0);
        EXPECT_EQ(lintel_ring_attach_consumer(&consumer_, memory_.data(), sizeof(Item), order), 0);
    }
    lintel_ring& ring() { return *reinterpret_cast<lintel_ring*>(memory_.data()); }

    int put(std::uint64_t number)
    {
        const Item item{number, ~number & payload};
        return lintel_ring_put(&producer_, &item, sizeof item);
    }
    // The number in the next item; 0 when there is none.
    std::uint64_t take()
    {
        Item item{};
        if (lintel_ring_take(&consumer_, &item, sizeof item) != 1)
            return 0;
        EXPECT_EQ(item.inverse, ~item.number & payload);
        return item.number;
    }
    int publish() { return lintel_ring_publish(&producer_); }
    int release() { return lintel_ring_release(&consumer_); }

    alignas(64) std::array<std::byte, LINTEL_RING_BYTES(sizeof(Item), order)> memory_;
    lintel_ring_producer producer_;
    lintel_ring_consumer consumer_;
};

TEST_F(RingTest, zeroed_memory_is_an_empty_ring_that_wants_its_first_item)
{
    memory_.fill(std::byte{0});
    ASSERT_EQ(lintel_ring_attach_producer(&producer_, memory_.data(), sizeof(Item), order), 0);
    ASSERT_EQ(lintel_ring_attach_consumer(&consumer_, memory_.data(), sizeof(Item), order), 0);
    EXPECT_EQ(take(), 0u);
    EXPECT_EQ(put(1), 1);
    EXPECT_EQ(publish(), 1);
    EXPECT_EQ(take(), 1u);
}

TEST_F(RingTest, init_clears_every_byte)
{
    memory_.fill(std::byte{0xff});
    lintel_ring_init(memory_.data(), sizeof(Item), order);
    for (std::byte byte : memory_)
        ASSERT_EQ(byte, std::byte{0});
}

TEST_F(RingTest, items_come_in_order_and_as_soon_as_they_are_put)
{
    EXPECT_EQ(lintel_ring_items(&consumer_), 0);
    EXPECT_EQ(put(1), 1);
    EXPECT_EQ(put(2), 1);
    EXPECT_EQ(lintel_ring_items(&consumer_), 2);
    EXPECT_EQ(take(), 1u);
    EXPECT_EQ(take(), 2u);
    EXPECT_EQ(take(), 0u);
}

TEST_F(RingTest, upper_bits_of_the_last_word_are_the_rings)
{
    const Item item{~0ull, ~0ull};
    EXPECT_EQ(lintel_ring_put(&producer_, &item, sizeof item), 1);
    Item taken{};
    EXPECT_EQ(lintel_ring_take(&consumer_, &taken, sizeof taken), 1);
    EXPECT_EQ(taken.number, ~0ull);
    EXPECT_EQ(taken.inverse, payload);
}

TEST_F(RingTest, taken_and_released_slots_can_be_put_again_before_anything_is_published)
{
    for (unsigned i = 1; i <= size; i++)
        EXPECT_EQ(put(i), 1);
    EXPECT_EQ(take(), 1u);
    release();
    EXPECT_EQ(put(5), 1);
}

TEST_F(RingTest, laps_wrap_at_two_to_the_16)
{
    start_at((0x10000u << order) - 2 * size);
    for (std::uint64_t i = 1; i <= 4 * size; i++) {
        ASSERT_EQ(take(), 0u);
        ASSERT_EQ(put(i), 1);
        ASSERT_EQ(take(), i);
        release();
    }
}

TEST_F(RingTest, full_ring_takes_nothing_until_slots_are_released)
{
    for (unsigned i = 1; i <= size; i++)
        EXPECT_EQ(put(i), 1);
    EXPECT_EQ(put(5), 0);
    publish();
    EXPECT_EQ(take(), 1u);
    EXPECT_EQ(put(5), 0) << "the slot is the consumer's until it releases it";
    release();
    EXPECT_EQ(lintel_ring_room(&producer_), 1);
    EXPECT_EQ(put(5), 1);
    EXPECT_EQ(put(6), 0);
}

TEST_F(RingTest, indices_wrap_at_two_to_the_32)
{
    start_at(0u - 3);
    std::uint64_t next = 1;
    for (std::uint64_t i = 1; i <= 100; i++) {
        ASSERT_EQ(put(i), 1);
        publish();
        if (i % size == 0) {
            while (const auto number = take())
                ASSERT_EQ(number, next++);
            release();
        }
    }
    EXPECT_EQ(next, 101u);
    EXPECT_EQ(ring().produced, 97u);
}

TEST_F(RingTest, consumer_is_notified_once_for_what_it_asked)
{
    ASSERT_EQ(lintel_ring_await_items(&consumer_, 1), 0);
    put(1);
    EXPECT_EQ(publish(), 1);
    put(2);
    EXPECT_EQ(publish(), 0) << "it has not asked again";
    EXPECT_EQ(publish(), 0) << "there is nothing new";
    EXPECT_EQ(lintel_ring_await_items(&consumer_, 1), 1);
    EXPECT_EQ(lintel_ring_await_items(&consumer_, 2), 2);
    EXPECT_EQ(lintel_ring_await_items(&consumer_, 3), 0);
}

TEST_F(RingTest, consumer_can_wait_for_several)
{
    ASSERT_EQ(lintel_ring_await_items(&consumer_, 3), 0);
    put(1);
    EXPECT_EQ(publish(), 0);
    put(2);
    put(3);
    put(4);
    EXPECT_EQ(publish(), 1) << "the third was among them";
}

TEST_F(RingTest, producer_is_notified_when_the_room_it_asked_for_is_free)
{
    for (unsigned i = 1; i <= size; i++)
        put(i);
    publish();
    ASSERT_EQ(lintel_ring_await_room(&producer_, 2), 0);
    EXPECT_EQ(take(), 1u);
    EXPECT_EQ(release(), 0);
    EXPECT_EQ(take(), 2u);
    EXPECT_EQ(release(), 1);
    EXPECT_EQ(lintel_ring_await_room(&producer_, 2), 2);
}

TEST_F(RingTest, notifications_survive_the_wrap)
{
    for (std::uint32_t start = 0u - size - 1; start != size; start++) {
        start_at(start);
        ASSERT_EQ(lintel_ring_await_items(&consumer_, 2), 0);
        put(1);
        ASSERT_EQ(publish(), 0);
        put(2);
        ASSERT_EQ(publish(), 1);
        put(3);
        put(4);
        publish();
        ASSERT_EQ(lintel_ring_await_room(&producer_, 1), 0);
        take();
        ASSERT_EQ(release(), 1);
    }
}

TEST_F(RingTest, new_owner_of_an_end_goes_on_where_the_old_one_stopped)
{
    put(1);
    put(2);
    publish();
    EXPECT_EQ(take(), 1u);
    release();

    lintel_ring_producer producer;
    lintel_ring_consumer consumer;
    ASSERT_EQ(lintel_ring_attach_producer(&producer, memory_.data(), sizeof(Item), order), 0);
    ASSERT_EQ(lintel_ring_attach_consumer(&consumer, memory_.data(), sizeof(Item), order), 0);
    EXPECT_EQ(lintel_ring_room(&producer), 3);
    Item item{};
    EXPECT_EQ(lintel_ring_take(&consumer, &item, sizeof item), 1);
    EXPECT_EQ(item.number, 2u);
}

TEST_F(RingTest, new_producer_goes_on_behind_what_was_put_and_not_published)
{
    put(1);
    publish();
    put(2);
    put(3);
    EXPECT_EQ(take(), 1u);
    EXPECT_EQ(take(), 2u);

    lintel_ring_producer producer;
    ASSERT_EQ(lintel_ring_attach_producer(&producer, memory_.data(), sizeof(Item), order), 0);
    producer_ = producer;
    EXPECT_EQ(put(4), 1);
    EXPECT_EQ(take(), 3u);
    EXPECT_EQ(take(), 4u);
    EXPECT_EQ(put(5), 0) << "none of the four was released";
}

TEST_F(RingTest, new_producer_goes_on_behind_what_was_released_and_not_published)
{
    put(1);
    put(2);
    EXPECT_EQ(take(), 1u);
    EXPECT_EQ(take(), 2u);
    release(); // consumed is ahead of produced

    lintel_ring_consumer consumer;
    ASSERT_EQ(lintel_ring_attach_consumer(&consumer, memory_.data(), sizeof(Item), order), 0);
    consumer_ = consumer;
    lintel_ring_producer producer;
    ASSERT_EQ(lintel_ring_attach_producer(&producer, memory_.data(), sizeof(Item), order), 0);
    producer_ = producer;
    EXPECT_EQ(take(), 0u);
    EXPECT_EQ(put(3), 1);
    publish();
    EXPECT_EQ(ring().produced, 3u);
    EXPECT_EQ(take(), 3u);
}

TEST(RingLayout, each_word_has_a_cache_line_of_its_own)
{
    static_assert(sizeof(lintel_ring) == 4 * 64);
    EXPECT_EQ(offsetof(lintel_ring, produced), 0u);
    EXPECT_EQ(offsetof(lintel_ring, room_wanted), 64u);
    EXPECT_EQ(offsetof(lintel_ring, consumed), 128u);
    EXPECT_EQ(offsetof(lintel_ring, items_wanted), 192u);
}

TEST(ConsoleSlots, largest_ring_in_a_page_has_the_order_of_the_header)
{
    static_assert(sizeof(lintel_ring) == LINTEL_RING_HEADER);
    static_assert(LINTEL_RING_BYTES(sizeof(lintel_console_slot), LINTEL_CONSOLE_ORDER) <= 4096);
    static_assert(LINTEL_RING_BYTES(sizeof(lintel_console_slot), LINTEL_CONSOLE_ORDER + 1) > 4096);
    static_assert(sizeof(lintel_console_slot::text) == LINTEL_CONSOLE_TEXT);
}

} // namespace
} // namespace lintel
