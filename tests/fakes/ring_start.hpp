// SPDX-License-Identifier: Apache-2.0
// A ring whose indices have come to a number that would take long to reach.
#pragma once

#include <cstdint>
#include <cstring>

#include <lintel/ring.h>

namespace lintel {

// The lap of the slot of an index, as the last word of a slot has it.
constexpr std::uint64_t lap_of(std::uint32_t index, std::uint32_t order)
{
    return static_cast<std::uint64_t>((index >> order) + 1) << LINTEL_RING_LAP_SHIFT;
}

inline void set_lap(void* memory, std::uint32_t slot_bytes, std::uint32_t order,
                    std::uint32_t index, std::uint64_t lap)
{
    const std::uint32_t slot = index & ((1u << order) - 1);
    std::memcpy(static_cast<char*>(memory) + LINTEL_RING_HEADER + (slot + 1) * slot_bytes - 8, &lap,
                8);
}

// What a producer does that fills the slot of an index with zeros.
inline void fill_slot(void* memory, std::uint32_t slot_bytes, std::uint32_t order,
                      std::uint32_t index)
{
    set_lap(memory, slot_bytes, order, index, lap_of(index, order));
}

// Empties the ring in `memory`, zeroed, at `index`: each slot has the lap before its next one.
inline void start_ring_at(void* memory, std::uint32_t slot_bytes, std::uint32_t order,
                          std::uint32_t index)
{
    auto& ring = *static_cast<lintel_ring*>(memory);
    ring.produced = ring.consumed = ring.items_wanted = index;
    ring.room_wanted = index - 1;
    for (std::uint32_t i = 0; i < 1u << order; i++)
        set_lap(memory, slot_bytes, order, index + i,
                lap_of(index + i, order) - (1ull << LINTEL_RING_LAP_SHIFT));
}

} // namespace lintel
