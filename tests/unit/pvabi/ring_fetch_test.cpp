// SPDX-License-Identifier: Apache-2.0
// What is shared is fetched once. The header's loads go to a memory in which each word changes as
// soon as it was loaded: whoever loads a word twice gets two values.
#include <cstdint>
#include <map>
#include <vector>

namespace lintel {
namespace {

std::map<const void*, unsigned> fetches;
bool changing = true;

template <typename T>
T fetch(const T* where)
{
    fetches[where]++;
    const T value = *where;
    if (sizeof(T) == 8 && changing) // the indices stay as they are
        *const_cast<T*>(where) = ~value;
    return value;
}

} // namespace
} // namespace lintel

#define LINTEL_RING_LOAD(where) ::lintel::fetch(where)
#define LINTEL_RING_LOAD_ACQUIRE(where) ::lintel::fetch(where)
#define LINTEL_RING_STORE(where, value) (*(where) = (value))
#define LINTEL_RING_STORE_RELEASE(where, value) (*(where) = (value))
#define LINTEL_RING_BARRIER() ((void)0)
#include <lintel/ring.h>

#include <array>
#include <cstddef>

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr std::uint32_t order = 2;

using Item = std::array<std::uint64_t, 5>;

class RingFetch : public testing::Test {
protected:
    RingFetch()
    {
        changing = false; // while the ends attach
        lintel_ring_init(memory_.data(), sizeof(Item), order);
        lintel_ring_attach_producer(&producer_, memory_.data(), sizeof(Item), order);
        lintel_ring_attach_consumer(&consumer_, memory_.data(), sizeof(Item), order);
        for (std::uint64_t i = 0; i < 4; i++) {
            const Item item{i, i + 10, i + 20, i + 30, i + 40};
            lintel_ring_put(&producer_, &item, sizeof item);
        }
        changing = true;
        lintel_ring_publish(&producer_);
        fetches.clear();
    }
    const lintel_ring& ring() const
    {
        return *reinterpret_cast<const lintel_ring*>(memory_.data());
    }

    const void* last_word(unsigned slot) const
    {
        return memory_.data() + LINTEL_RING_HEADER + (slot + 1) * sizeof(Item) - 8;
    }

    alignas(64) std::array<std::byte, LINTEL_RING_BYTES(sizeof(Item), order)> memory_;
    lintel_ring_producer producer_;
    lintel_ring_consumer consumer_;
};

TEST_F(RingFetch, each_word_of_a_slot_is_loaded_once)
{
    for (std::uint64_t i = 0; i < 4; i++) {
        Item item{};
        ASSERT_EQ(lintel_ring_take(&consumer_, &item, sizeof item), 1);
        EXPECT_EQ(item, (Item{i, i + 10, i + 20, i + 30, i + 40}));
    }
    EXPECT_EQ(fetches.size(), 4 * std::tuple_size_v<Item>);
    for (const auto& [where, count] : fetches)
        EXPECT_EQ(count, 1u);
}

TEST_F(RingFetch, producer_loads_the_index_only_when_no_room_is_known)
{
    Item item{};
    for (int i = 0; i < 4; i++)
        lintel_ring_take(&consumer_, &item, sizeof item);
    lintel_ring_release(&consumer_);
    fetches.clear();
    for (int i = 0; i < 4; i++)
        EXPECT_EQ(lintel_ring_put(&producer_, &item, sizeof item), 1);
    EXPECT_EQ(fetches.size(), 1u);
    EXPECT_EQ(fetches[&ring().consumed], 1u);
}

TEST_F(RingFetch, consumer_looks_at_nothing_but_the_slot)
{
    changing = false;
    Item item{};
    for (int i = 0; i < 4; i++)
        lintel_ring_take(&consumer_, &item, sizeof item);
    lintel_ring_release(&consumer_);
    fetches.clear();
    EXPECT_EQ(lintel_ring_take(&consumer_, &item, sizeof item), 0);
    EXPECT_EQ(fetches.size(), 1u);
    EXPECT_EQ(fetches[last_word(0)], 1u);
}

TEST_F(RingFetch, each_wish_and_index_is_loaded_once_by_a_call)
{
    Item item{};
    lintel_ring_take(&consumer_, &item, sizeof item);
    changing = false;
    const auto loads_one = [&](const void* word, auto call) {
        fetches.clear();
        call();
        EXPECT_EQ(fetches.size(), 1u);
        EXPECT_EQ(fetches[word], 1u);
    };
    loads_one(&ring().room_wanted, [&] { lintel_ring_release(&consumer_); });
    loads_one(last_word(1), [&] { lintel_ring_await_items(&consumer_, 1); });
    loads_one(&ring().consumed, [&] { lintel_ring_await_room(&producer_, 1); });
    lintel_ring_put(&producer_, &item, sizeof item);
    loads_one(&ring().items_wanted, [&] { lintel_ring_publish(&producer_); });
}

} // namespace
} // namespace lintel
