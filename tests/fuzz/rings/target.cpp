// SPDX-License-Identifier: Apache-2.0
// One end of a ring, with a peer that writes anything anywhere at any time. The model counts slots in 64
// bits, where nothing wraps. Contract: docs/abi/rings.md.
#include "fuzz/rings/hostile_memory.hpp"

#include <lintel/ring.h>

#include <array>

namespace lintel::fuzz {
namespace {

constexpr std::uint64_t far = 1ull << 40; // a multiple of 2^32
constexpr unsigned most_words = 8;
using Slot = std::array<std::uint64_t, most_words>;

// One role: what differs between the two.
struct Producer {
    lintel_ring_producer ring;
    static constexpr std::size_t own_line = 0, peer_line = 16; // words
    int attach(void* memory, std::uint32_t bytes, std::uint32_t order)
    {
        return lintel_ring_attach_producer(&ring, memory, bytes, order);
    }
    int step(Slot& slot) { return lintel_ring_put(&ring, slot.data()); }
    int show() { return lintel_ring_publish(&ring); }
    int await(std::uint32_t slots) { return lintel_ring_await_room(&ring, slots); }
    int look() { return lintel_ring_room(&ring); }
    static constexpr bool fills = true;
};
struct Consumer {
    lintel_ring_consumer ring;
    static constexpr std::size_t own_line = 16, peer_line = 0;
    int attach(void* memory, std::uint32_t bytes, std::uint32_t order)
    {
        return lintel_ring_attach_consumer(&ring, memory, bytes, order);
    }
    int step(Slot& slot) { return lintel_ring_take(&ring, slot.data()); }
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
          memory_{input, LINTEL_RING_BYTES(words * 8, order)}
    {
        hostile_memory = &memory_;
        const std::uint32_t first = input_.word();
        *memory_.word(0) = *memory_.word(16) = first;
        attach();
    }
    void go()
    {
        while (!input_.over()) {
            memory_.hint(static_cast<std::uint32_t>(next_));
            memory_.reset();
            act(input_.byte());
            for (const auto& [where, value] : memory_.stores)
                REQUIRE(where == own_index() || where == own_wish() || (End::fills && in_slots(where)));
        }
    }

private:
    const std::uint32_t* own_index() const { return memory_.word(End::own_line); }
    const std::uint32_t* own_wish() const { return memory_.word(End::own_line + 1); }
    const std::uint32_t* peer_index() const { return memory_.word(End::peer_line); }
    const std::uint32_t* peer_wish() const { return memory_.word(End::peer_line + 1); }
    bool in_slots(const void* where) const { return where >= memory_.word(32); }
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
        case 4: REQUIRE(end_.look() == look()); break;
        default: step();
        }
    }
    void attach()
    {
        memory_.reset();
        const int result = end_.attach(memory_.begin(), words_ * 8, order_);
        const std::uint32_t own = loaded_value(own_index()), peer = loaded_value(peer_index());
        const std::uint32_t between = End::fills ? own - peer : peer - own;
        broken_ = between > size_;
        next_ = shown_ = far + own;
        seen_ = End::fills ? next_ - between : next_ + between;
        REQUIRE(result == (broken_ ? LINTEL_RING_BROKEN : 0) && memory_.stores.empty());
    }
    std::uint64_t steps() const { return End::fills ? seen_ + size_ - next_ : seen_ - next_; }
    // After the end has looked at the peer's index.
    int look()
    {
        const std::uint32_t forward = loaded_value(peer_index()) - static_cast<std::uint32_t>(seen_);
        const std::uint64_t limit = End::fills ? shown_ : shown_ + size_;
        if (broken_ || seen_ + forward > limit) {
            broken_ = true;
            return LINTEL_RING_BROKEN;
        }
        seen_ += forward;
        REQUIRE(steps() <= size_);
        return static_cast<int>(steps());
    }
    void step()
    {
        Slot slot{};
        if (End::fills)
            for (std::uint64_t& word : slot)
                word = ++filled_;
        const int result = end_.step(slot);
        const bool looked = !broken_ && steps() == 0;
        REQUIRE(loaded(peer_index()) == looked);
        const int expected = broken_ ? LINTEL_RING_BROKEN : looked ? look() : 1;
        REQUIRE(result == (expected > 0 ? 1 : expected));
        auto& moved = End::fills ? memory_.stores : memory_.loads;
        REQUIRE(moved.size() == (result > 0 ? words_ : 0) + (looked && !End::fills ? 1 : 0));
        if (result <= 0)
            return;
        const auto* const place =
            reinterpret_cast<const std::uint64_t*>(memory_.word(32)) + next_ % size_ * words_;
        for (std::uint32_t i = 0; i < words_; ++i)
            REQUIRE(moved.contains(place + i) && moved.at(place + i) == slot[i]);
        ++next_;
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
        const int now = look();
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
