// SPDX-License-Identifier: Apache-2.0
// What the hypervisor remembers of each machine frame.
#pragma once

#include <cstdint>

namespace lintel {

// Whose frame it is. Every frame has one owner; domains count from 0 (dom0).
enum class Owner : std::uint16_t {
    none = 0xffff,       // firmware, devices, holes: not ours to give
    free = 0xfffe,       // in the allocator
    hypervisor = 0xfffd, // image, tables, control structures
};

// Whether a free block starts at a frame, and of which kind.
enum class FreeHead : std::uint8_t {
    no,
    clean, // all zero
    dirty, // holds what its last owner left
};

struct FrameInfo {
    static constexpr std::uint32_t no_frame = 0xffff'ffff;

    std::uint32_t next = no_frame; // in a list: free blocks, a FrameBag's, retired frames
    // In such a list too; of a frame that a domain owns: mm/frame_uses.hpp.
    std::uint32_t previous = no_frame;
    Owner owner = Owner::none;
    std::uint8_t order = 0; // of the block that starts here: free, or a FrameBag's
    FreeHead free_head = FreeHead::no;
    // Debug builds: taken out of a map, and not yet known to be out of every TLB. It must not be
    // freed or given to anyone: the emulated machine would never show the stale translation.
    std::uint16_t stale = 0;
    // By other domains than the owner: mm/frame_uses.hpp. Of an EPT table: its entries.
    std::uint16_t uses = 0;
};
static_assert(sizeof(FrameInfo) == 16);

} // namespace lintel
