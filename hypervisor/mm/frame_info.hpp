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

struct FrameInfo {
    static constexpr std::uint32_t no_frame = 0xffff'ffff;

    std::uint32_t next = no_frame; // free list of the allocator, or of retired frames
    std::uint32_t previous = no_frame;
    Owner owner = Owner::none;
    std::uint8_t order = 0; // of the free block that starts here
    bool free_head = false; // a free block starts here
    // Debug builds: taken out of a map, and not yet known to be out of every TLB. It must not be
    // freed or given to anyone: the emulated machine would never show the stale translation.
    std::uint32_t stale = 0;
};
static_assert(sizeof(FrameInfo) == 16);

} // namespace lintel
