// SPDX-License-Identifier: Apache-2.0
// Who gets which RAM of the machine: dom0 from the bottom up, the hypervisor the rest. Pure
// arithmetic over the firmware's map, decided before anything is written.
#pragma once

#include <cstdint>
#include <optional>

#include "boot/multiboot2.hpp"
#include "mm/frame_set.hpp"

namespace lintel {

enum class MemoryPlanError : std::uint8_t {
    dom0_too_large, // not enough is left for the hypervisor
    dom0_too_small,
};

struct MemoryPlan {
    FrameSet ram;         // all usable RAM, the image's included
    FrameSet firmware;    // ACPI tables and the like: RAM, but not for general use
    FrameSet dom0;        // dom0's RAM
    FrameSet heap;        // the hypervisor's, free from the start
    FrameSet modules;     // the hypervisor's, free once the boot modules have been used
    MfnRange frame_table; // for FrameInfo[0 .. limit)
    Mfn limit;            // one past the last frame of RAM or firmware

    std::uint64_t kept() const { return heap.frames() + modules.frames() + frame_table.count; }
};

struct MemoryWishes {
    MfnRange image; // the hypervisor, as loaded
    std::uint64_t dom0_bytes;
    Mfn limit{1ull << 36}; // RAM from here on cannot be used
};

// What the hypervisor must be able to keep for itself beside the frame table.
inline constexpr std::uint64_t least_heap_frames = (8ull << 20) / page_size;
inline constexpr std::uint64_t least_dom0_bytes = 32ull << 20;

// Fills `plan`, which starts out empty; it is too large for the start-up stack to pass around.
std::optional<MemoryPlanError> plan_memory(const multiboot2::Info& info, MemoryWishes wishes,
                                           MemoryPlan& plan);

} // namespace lintel
