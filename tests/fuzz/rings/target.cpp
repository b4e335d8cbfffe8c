// SPDX-License-Identifier: Apache-2.0
// One end of a ring, with a peer that writes anything anywhere at any time. The model counts slots in 64
// bits, where nothing wraps. Contract: docs/abi/rings.md.
#include "fuzz/rings/hostile_memory.hpp"

#include <lintel/ring.h>

#include <algorithm>
#include <array>

namespace lintel::fuzz {
namespace {

constexpr std::uint64_t far = 1ull << 40; // a multiple of 2^32
constexpr unsigned most_words = 8;
using Slot = std::array<std::uint64_t, most_words>;

static_assert(HostileMemory::header == LINTEL_RING_HEADER);

// One role: what differs between the two.
struct Producer {
    lintel_ring_producer ring;
    static constexpr std::size_t own_lines = 0, peer_lines = 32; // words
    int attach(void* memory, std::uint32_t bytes, std::uint32_t order)
    {
        return lintel_ring_attach_producer(&ring, memory, bytes, order);
    }
    int step(Slot& slot, std::uint32_t bytes) { return lintel_ring_put(&ring, slot.data(), bytes); }
    int show() { return lintel_ring_publish(&ring); }
    int await(std::uint32_t slots) { return lintel_ring_await_room(&ring, slots); }
    int look() { return lintel_ring_room(&ring); }
    static constexpr bool fills = true;
};
struct Consumer {
    lintel_ring_consumer ring;
    static constexpr std::size_t own_lines = 32, peer_lines = 0;
    int attach(void* memory, std::uint32_t bytes, std::uint32_t order)
    {
        return lintel_ring_attach_consumer(&ring, memory, bytes, order);
    }
    int step(Slot& slot, std::uint32_t bytes) { return lintel_ring_take(&ring, slot.data(), bytes); }
    int show() { return lintel_ring_release(&ring); }
    int await(std::uint32_t slots) { return lintel_ring_await_items(&ring, slots); }
    int look() { return lintel_ring_items(&ring); }
    static constexpr bool fills = false;
};

template <typename End>
class Run {
public:
    Run(Input& input, std::uint32_t order, std::uint32_t words)
        : input_{input},
          size_{1u << order},
          order_{order},
          words_{words},
          memory_{input, LINTEL_RING_BYTES(words * 8, order), words * 8}
    {
        hostile_memory = &memory_;
        const std::uint32_t first = input_.word();
        *memory_.word(0) = *memory_.word(32) = first;
        for (std::uint32_t i = 0; i < size_; ++i)
            *memory_.lap_word((first + i) % size_) = static_cast<std::uint32_t>(lap(first + i) - 1) << 16;
        attach();
    }
    void go()
    {
        while (!input_.over()) {
            memory_.hint(static_cast<std::uint32_t>(next_), lap(next_));
            memory_.reset();
            act(input_.byte());
            for (const auto& [where, value] : memory_.stores)
                REQUIRE(where == own_index() || where == own_wish() || (End::fills && in_slots(where)));
        }
    }

private:
    const std::uint32_t* own_index() const { return memory_.word(End::own_lines); }
    const std::uint32_t* own_wish() const { return memory_.word(End::own_lines + 16); }
    const std::uint32_t* peer_index() const { return memory_.word(End::peer_lines); }
    const std::uint32_t* peer_wish() const { return memory_.word(End::peer_lines + 16); }
    std::uint16_t lap(std::uint64_t index) const
    {
        return static_cast<std::uint16_t>((static_cast<std::uint32_t>(index) >> order_) + 1);
    }
    const std::uint64_t* slot_at(std::uint64_t index) const
    {
        return reinterpret_cast<const std::uint64_t*>(memory_.word(LINTEL_RING_HEADER / 4)) + index % size_ * words_;
    }
    const std::uint64_t* last_at(std::uint64_t index) const { return slot_at(index) + words_ - 1; }
    bool in_slots(const void* where) const { return where >= memory_.word(LINTEL_RING_HEADER / 4); }
    bool loaded(const void* where) const { return memory_.loads.contains(where); }
    bool stored(const void* where) const { return memory_.stores.contains(where); }
    std::uint32_t loaded_value(const void* where) const
    {
        REQUIRE(loaded(where));
        return static_cast<std::uint32_t>(memory_.loads.at(where));
    }
    std::uint32_t stored_value(const void* where) const
    {
        REQUIRE(stored(where));
        return static_cast<std::uint32_t>(memory_.stores.at(where));
    }

    void act(std::uint8_t what)
    {
        switch (what % 8) {
        case 0: attach(); break;
        case 1: memory_.write_something(); break;
        case 2: show(); break;
        case 3: await(1 + input_.byte() % size_); break;
        case 4: {
            const int result = end_.look();
            REQUIRE(result == look(static_cast<std::uint32_t>(size_)));
            break;
        }
        default: step();
        }
    }
    void attach()
    {
        memory_.reset();
        const int result = end_.attach(memory_.begin(), words_ * 8, order_);
        const std::uint32_t own = loaded_value(own_index()), peer = loaded_value(peer_index());
        const auto ahead = static_cast<std::int32_t>(End::fills ? own - peer : peer - own);
        const auto size = static_cast<std::int32_t>(size_);
        broken_ = ahead < -size || ahead > size;
        shown_ = next_ = seen_ = far + own;
        if (End::fills) {
            seen_ = shown_ - static_cast<std::uint64_t>(std::int64_t{ahead});
            next_ = own - peer > size_ ? seen_ : shown_;
            while (!broken_ && next_ - seen_ < size_ && memory_.loads.at(last_at(next_)) >> 48 == lap(next_))
                ++next_;
        }
        REQUIRE(result == (broken_ ? LINTEL_RING_BROKEN : 0) && memory_.stores.empty());
    }
    std::uint64_t room() const { return seen_ + size_ - next_; }
    // After the end has looked for what it can do, `most` slots of it.
    int look(std::uint32_t most) { return End::fills ? look_for_room() : look_for_items(most); }
    int look_for_room()
    {
        const std::uint32_t forward = loaded_value(peer_index()) - static_cast<std::uint32_t>(seen_);
        if (broken_ || seen_ + forward > next_) {
            broken_ = true;
            return LINTEL_RING_BROKEN;
        }
        seen_ += forward;
        REQUIRE(room() <= size_);
        return static_cast<int>(room());
    }
    int look_for_items(std::uint32_t most)
    {
        std::uint64_t index = next_;
        while (!broken_ && index < next_ + most && index < shown_ + size_ && filled(index))
            ++index;
        if (broken_)
            return LINTEL_RING_BROKEN;
        seen_ = std::max(seen_, index);
        return static_cast<int>(index - next_);
    }
    // By what the end has loaded.
    bool filled(std::uint64_t index)
    {
        REQUIRE(loaded(last_at(index)));
        const auto found = static_cast<std::uint16_t>(memory_.loads.at(last_at(index)) >> 48);
        const bool before = found == static_cast<std::uint16_t>(lap(index) - 1);
        if (found != lap(index) && (!before || index < seen_))
            broken_ = true;
        return found == lap(index);
    }
    void step()
    {
        Slot slot{};
        if (End::fills)
            for (std::uint64_t& word : slot)
                word = ++filled_ * 0x0001'0001'0001'0001;
        const int result = end_.step(slot, words_ * 8);
        REQUIRE(result == (End::fills ? expect_put() : expect_take()));
        auto& moved = End::fills ? memory_.stores : memory_.loads;
        if (result <= 0)
            return;
        REQUIRE(moved.size() == words_);
        for (std::uint32_t i = 0; i < words_; ++i) {
            const std::uint64_t there = moved.at(slot_at(next_) + i);
            const std::uint64_t ours = i + 1 < words_ ? ~0ull : (1ull << 48) - 1;
            REQUIRE((there & ours) == (slot[i] & ours) && (End::fills || (slot[i] & ~ours) == 0));
        }
        REQUIRE(moved.at(last_at(next_)) >> 48 == lap(next_));
        ++next_;
        seen_ = End::fills ? seen_ : std::max(seen_, next_);
    }
    int expect_put()
    {
        const bool looked = broken_ || room() == 0;
        REQUIRE(loaded(peer_index()) == looked && memory_.loads.size() == looked);
        const int expected = broken_ ? LINTEL_RING_BROKEN : looked ? look_for_room() : 1;
        REQUIRE(expected > 0 || memory_.stores.empty());
        return expected > 0 ? 1 : expected;
    }
    int expect_take()
    {
        if (broken_ || next_ == shown_ + size_) {
            REQUIRE(memory_.loads.empty());
            return broken_ ? LINTEL_RING_BROKEN : 0;
        }
        const bool there = filled(next_);
        REQUIRE(there || memory_.loads.size() == 1);
        return broken_ ? LINTEL_RING_BROKEN : there ? 1 : 0;
    }
    void show()
    {
        const int result = end_.show();
        if (broken_ || next_ == shown_) {
            REQUIRE(result == 0 && memory_.stores.empty());
            return;
        }
        REQUIRE(stored_value(own_index()) == static_cast<std::uint32_t>(next_));
        const std::uint32_t wish = loaded_value(peer_wish()) - static_cast<std::uint32_t>(shown_);
        REQUIRE(result == (wish < next_ - shown_ ? 1 : 0));
        shown_ = next_;
    }
    void await(std::uint32_t slots)
    {
        const int result = end_.await(slots);
        const std::uint64_t wish = next_ + slots - 1 - (End::fills ? size_ : 0);
        REQUIRE(stored_value(own_wish()) == static_cast<std::uint32_t>(wish));
        const int now = look(slots);
        REQUIRE(result == (now < 0 || static_cast<std::uint32_t>(now) >= slots ? now : 0));
    }

    Input& input_;
    const std::uint64_t size_;
    const std::uint32_t order_, words_;
    HostileMemory memory_;
    End end_;
    std::uint64_t next_ = 0, shown_ = 0, seen_ = 0, filled_ = 0;
    bool broken_ = false;
};

} // namespace
} // namespace lintel::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    lintel::fuzz::Input input{{data, size}};
    const std::uint8_t shape = input.byte();
    const std::uint32_t order = shape % 5, words = 1 + (shape >> 4 & 7);
    if (shape & 8)
        lintel::fuzz::Run<lintel::fuzz::Producer>{input, order, words}.go();
    else
        lintel::fuzz::Run<lintel::fuzz::Consumer>{input, order, words}.go();
    return 0;
}
