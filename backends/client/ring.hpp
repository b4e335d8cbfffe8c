// SPDX-License-Identifier: Apache-2.0
// Rings with typed slots, in memory that a hostile peer shares. Contract: docs/abi/rings.md; the
// steps themselves are lintel/ring.h. Each object belongs to one thread at a time, and the memory
// outlives it.
//
// `Notify` is called when the peer wants to hear of something: it sends an event to the ring's
// port.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include <lintel/ring.h>

#include "support/assert.hpp"

namespace lintel::client {

template <typename Slot>
concept RingSlot = std::is_trivially_copyable_v<Slot> && sizeof(Slot) % 8 == 0 &&
                   std::has_unique_object_representations_v<Slot>; // no padding that would leak

enum class [[nodiscard]] Step{
    done,
    none,   // full, or empty
    broken, // the peer showed an index or a lap that cannot be; it stays so: disconnect
};

constexpr Step step(int result)
{
    return result > 0 ? Step::done : result == 0 ? Step::none : Step::broken;
}

template <typename Slot>
void* ring_memory(std::span<std::byte> memory, std::uint32_t order)
{
    assert(order < LINTEL_RING_ORDERS);
    assert(memory.size() >= LINTEL_RING_BYTES(sizeof(Slot), order));
    assert(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0);
    return memory.data();
}

template <RingSlot Slot, std::invocable Notify>
class Producer {
public:
    // If the indices in memory do not fit each other, it is broken from the start.
    Producer(std::span<std::byte> memory, std::uint32_t order, Notify notify)
        : notify_{std::move(notify)}
    {
        lintel_ring_attach_producer(&ring_, ring_memory<Slot>(memory, order), sizeof(Slot), order);
    }

    bool broken() const { return ring_.end.broken != 0; }

    Step put(const Slot& slot) { return step(lintel_ring_put(&ring_, &slot, sizeof slot)); }
    void publish()
    {
        if (lintel_ring_publish(&ring_) != 0)
            notify_();
    }
    // Publishes; then: done if there is room for `slots`, none if a notification comes when there
    // is.
    Step await_room(std::uint32_t slots = 1)
    {
        publish();
        return step(lintel_ring_await_room(&ring_, slots));
    }

private:
    lintel_ring_producer ring_;
    Notify notify_;
};

template <RingSlot Slot, std::invocable Notify>
class Consumer {
public:
    Consumer(std::span<std::byte> memory, std::uint32_t order, Notify notify)
        : notify_{std::move(notify)}
    {
        lintel_ring_attach_consumer(&ring_, ring_memory<Slot>(memory, order), sizeof(Slot), order);
    }

    bool broken() const { return ring_.end.broken != 0; }

    // Into private memory; nothing is decided by what lies in the ring.
    Step take(Slot& slot) { return step(lintel_ring_take(&ring_, &slot, sizeof slot)); }
    void release()
    {
        if (lintel_ring_release(&ring_) != 0)
            notify_();
    }
    // Releases; then: done if `slots` are there, none if a notification comes when they are.
    Step await_items(std::uint32_t slots = 1)
    {
        release();
        return step(lintel_ring_await_items(&ring_, slots));
    }

    // Handles slots until none is left and a notification will tell of the next (Step::none), or
    // `most` were handled (Step::done): a peer that produces for ever gets a share of the caller's
    // time.
    template <std::invocable<const Slot&> Handle>
    Step drain(std::uint32_t most, Handle handle)
    {
        Slot slot;
        for (;;) {
            Step taken = Step::done;
            for (; most > 0 && (taken = take(slot)) == Step::done; most--)
                handle(std::as_const(slot));
            if (taken != Step::none) {
                release();
                return taken;
            }
            if (const Step more = await_items(); more != Step::done)
                return more;
        }
    }

private:
    lintel_ring_consumer ring_;
    Notify notify_;
};

} // namespace lintel::client
