// SPDX-License-Identifier: Apache-2.0
// The code of lintel/ring.h itself, run one access to shared memory at a time.
//
// A program calls one function of the header after the other. To make it do its next access, the
// function is run anew from its beginning with a copy of its private state; the accesses that it
// did before get the answers of before, the next one is done, and the one after that ends the run
// by an exception. So a program stopped in the middle of a function is a plain value: the state at
// the function's beginning and the answers so far.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "fakes/store_buffers.hpp"

namespace lintel::ring_model {

// What is taken out of the header's steps, to see that its absence is noticed.
enum class Mutation {
    none,
    no_barrier_in_publish,
    no_barrier_in_release,
    no_barrier_in_await_room,
    no_barrier_in_await_items,
    no_second_look_in_await_room,
    no_second_look_in_await_items,
    wish_one_slot_late,
    lap_without_release,
};

// What a program does next.
enum class Stage : std::uint32_t {
    step,   // put or take one slot
    show,   // publish or release
    notify, // send the event that `show` asked for
    await,  // ask for an event
    sleep,  // until it comes
    done,
};

// Thrown by an access that is not to be done yet.
struct Stop {};

class Run {
public:
    static constexpr unsigned longest = 5; // accesses of one function
    struct Trace {
        std::array<std::uint64_t, longest> answers;
        std::uint64_t count;
    };

    Run(StoreBuffers& memory, unsigned cpu, Stage stage, Mutation mutation, Trace& trace)
        : memory_{memory}, cpu_{cpu}, stage_{stage}, mutation_{mutation}, trace_{trace}
    {
        assert(current == nullptr);
        current = this;
    }
    Run(const Run&) = delete;
    ~Run() { current = nullptr; }

    bool moved() const { return moved_; } // it did an access that it had not done before

    std::uint64_t load(unsigned word)
    {
        return access([&] { return memory_.load(cpu_, word); });
    }
    void store(unsigned word, std::uint64_t value, bool release)
    {
        if (stage_ == Stage::await && mutation_ == Mutation::wish_one_slot_late)
            value++;
        if (mutation_ == Mutation::lap_without_release)
            release = false;
        access([&] {
            if (memory_.full(cpu_))
                throw Stop{};
            memory_.store(cpu_, word, value, release);
            return std::uint64_t{0};
        });
    }
    void barrier()
    {
        const bool left_out =
            stage_ == Stage::await
                ? is(Mutation::no_barrier_in_await_room, Mutation::no_barrier_in_await_items)
                : is(Mutation::no_barrier_in_publish, Mutation::no_barrier_in_release);
        if (left_out)
            return;
        access([&] {
            if (!memory_.drained(cpu_))
                throw Stop{};
            return std::uint64_t{0};
        });
    }

    static inline Run* current = nullptr;

private:
    bool is(Mutation producers, Mutation consumers) const
    {
        return mutation_ == (cpu_ == 0 ? producers : consumers);
    }

    template <typename Act>
    std::uint64_t access(Act act)
    {
        if (at_ < trace_.count)
            return trace_.answers[at_++];
        if (moved_)
            throw Stop{};
        const std::uint64_t answer = act();
        moved_ = true;
        assert(trace_.count < longest);
        trace_.answers[trace_.count++] = answer;
        at_++;
        return answer;
    }

    StoreBuffers& memory_;
    unsigned cpu_;
    Stage stage_;
    Mutation mutation_;
    Trace& trace_;
    unsigned at_ = 0;
    bool moved_ = false;
};

// Where the header believes the ring to be; not touched. Slots have two words.
constexpr std::uint32_t slot_bytes = 16;
constexpr std::size_t line = 64, lines = 4; // each of the shared words has one
alignas(line) inline std::array<std::byte, lines * line + 4 * slot_bytes> place{};

// The word of the model at an address: produced, room_wanted, consumed, items_wanted, then the
// slots' words.
inline unsigned word_at(const void* where)
{
    const auto offset =
        static_cast<std::size_t>(static_cast<const std::byte*>(where) - place.data());
    return static_cast<unsigned>(offset < lines * line ? offset / line
                                                       : lines + (offset - lines * line) / 8);
}

template <typename T>
T load(const T* where)
{
    return static_cast<T>(Run::current->load(word_at(where)));
}

} // namespace lintel::ring_model

#define LINTEL_RING_LOAD(where) ::lintel::ring_model::load(where)
#define LINTEL_RING_LOAD_ACQUIRE(where) LINTEL_RING_LOAD(where)
#define LINTEL_RING_STORE(where, value) \
    ::lintel::ring_model::Run::current->store(::lintel::ring_model::word_at(where), value, false)
#define LINTEL_RING_STORE_RELEASE(where, value) \
    ::lintel::ring_model::Run::current->store(::lintel::ring_model::word_at(where), value, true)
#define LINTEL_RING_BARRIER() ::lintel::ring_model::Run::current->barrier()

#include <lintel/ring.h>

namespace lintel::ring_model {
inline auto& ring = reinterpret_cast<lintel_ring&>(place);
}
