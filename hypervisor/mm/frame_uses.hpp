// SPDX-License-Identifier: Apache-2.0
// How often other domains use a domain's frame: by a mapping, or for the length of a copy. A frame
// in use stays its owner's. Kept in the frame table, so that counting needs no memory and no
// search.
//
// The first use is added under the owner's map lock, which also decides what leaves the domain;
// uses end at any time. The direct ones are dom0's among them, which it maps at the frame's machine
// address; they change under dom0's map lock.
#pragma once

#include <cstdint>

#include "mm/frame_info.hpp"
#include "support/assert.hpp"
#include "support/result.hpp"

namespace lintel {

inline bool in_use(const FrameInfo& frame)
{
    return __atomic_load_n(&frame.uses, __ATOMIC_SEQ_CST) != 0;
}

// Whether it is the only one.
inline Result<bool> add_use(FrameInfo& frame)
{
    std::uint16_t uses = __atomic_load_n(&frame.uses, __ATOMIC_RELAXED);
    do
        if (uses == 0xffff)
            return Error::limit_reached;
    while (!__atomic_compare_exchange_n(&frame.uses, &uses, static_cast<std::uint16_t>(uses + 1),
                                        false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    return uses == 0;
}

// Whether it was the last one.
inline bool end_use(FrameInfo& frame)
{
    const std::uint16_t before = __atomic_fetch_sub(&frame.uses, 1, __ATOMIC_SEQ_CST);
    assert(before != 0);
    return before == 1;
}

struct DirectUses {
    std::uint16_t readers = 0, writers = 0;

    bool operator==(const DirectUses&) const = default;
    static DirectUses of(const FrameInfo& frame)
    {
        return {static_cast<std::uint16_t>(frame.previous),
                static_cast<std::uint16_t>(frame.previous >> 16)};
    }
    void store(FrameInfo& frame) const
    {
        frame.previous = readers | static_cast<std::uint32_t>(writers) << 16;
    }
    // Each is one of the uses above, so that neither count runs over.
    DirectUses with(bool writes) const
    {
        return {static_cast<std::uint16_t>(readers + (writes ? 0 : 1)),
                static_cast<std::uint16_t>(writers + (writes ? 1 : 0))};
    }
    DirectUses without(bool writes) const
    {
        assert((writes ? writers : readers) != 0);
        return {static_cast<std::uint16_t>(readers - (writes ? 0 : 1)),
                static_cast<std::uint16_t>(writers - (writes ? 1 : 0))};
    }
};

} // namespace lintel
