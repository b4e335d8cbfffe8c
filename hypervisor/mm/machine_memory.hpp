// SPDX-License-Identifier: Apache-2.0
// The machine's memory after start-up: one allocator for all, tables reached by the direct map.
#pragma once

#include "mm/direct_map.hpp"
#include "mm/ept.hpp"
#include "mm/frame_allocator.hpp"
#include "mm/frame_bag.hpp"
#include "mm/retired_frames.hpp"

namespace lintel {

inline FrameAllocator* chosen_frames = nullptr;
inline FrameAllocator& frames()
{
    return *chosen_frames; // before it is chosen: a fault, as nothing is mapped at zero
}
void set_frames(FrameAllocator& chosen);

// A cleared block of 2^order frames; one frame of the hypervisor's own; and a block for `bag`.
Result<Mfn> allocate_cleared(unsigned order, Owner owner);
Result<Mfn> allocate_cleared_frame();
Result<Mfn> allocate_cleared(unsigned order, FrameBag& bag);

// How much RAM the machine has, in frames. Set once, at start-up.
std::uint64_t ram_frames();
void set_ram_frames(std::uint64_t count);

// Table pages of EPT paging structures.
struct EptMemory {
    explicit EptMemory(ept::Level largest_leaf_level) : largest{largest_leaf_level} {}
    EptMemory(EptMemory&&) = default;
    ~EptMemory() { release_retired(); } // no CPU runs the domain any more, or ever did

    // No CPU can have a retired table cached any more.
    void release_retired()
    {
        retired.release(frames());
    }

    ept::Level largest = ept::Level::pd;
    RetiredFrames retired; // tables that an edit has unlinked

    ept::Level largest_leaf() const { return largest; }
    std::uint16_t& entries(Mfn table) { return frames().of(table).uses; }
    Result<Mfn> allocate() { return allocate_cleared_frame(); }
    void free(Mfn table)
    {
        entries(table) = 0;
        taken_away({table, 1});
        retired.add(frames(), table);
    }
    void taken_away(MfnRange range)
    {
        if constexpr (debug_build)
            frames().set_stale(range, true);
    }
    ept::Entry read(Mfn table, unsigned index) const { return at_frame<ept::Entry>(table)[index]; }
    void write(Mfn table, unsigned index, ept::Entry entry)
    {
        // One aligned 8-byte store: processors walk these tables while we edit them.
        *static_cast<volatile std::uint64_t*>(at_frame<std::uint64_t>(table) + index) =
            __builtin_bit_cast(std::uint64_t, entry);
    }
};
using GuestPhysicalMap = ept::Map<EptMemory>;

} // namespace lintel
