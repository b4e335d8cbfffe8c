// SPDX-License-Identifier: Apache-2.0
// Each CPU works on a block of its own, which a piece of better work may leave half done.
#include "mm/scrub.hpp"

#include <array>

#include "cpu/this_cpu.hpp"
#include "mm/machine_memory.hpp"

namespace lintel {

namespace {

// An interrupt waits for one piece at most.
constexpr std::uint64_t piece_frames = 4;

struct alignas(64) Scrubbing { // each its CPU's own: no lock
    std::optional<FrameAllocator::DirtyBlock> block;
    std::uint64_t done = 0; // of its frames
};
std::array<Scrubbing, cpu_limit> scrubbing;

} // namespace

bool scrub_free_memory()
{
    Scrubbing& own = scrubbing[this_cpu().index];
    if (!own.block) {
        own.block = frames().take_dirty(order_2m);
        own.done = 0;
    }
    if (!own.block)
        return false;
    const std::uint64_t left = (1ull << own.block->order) - own.done;
    const std::uint64_t count = left < piece_frames ? left : piece_frames;
    __builtin_memset(at_frame(own.block->first + own.done), 0, count * page_size);
    own.done += count;
    if (count == left) {
        frames().give_erased(*own.block);
        own.block.reset();
    }
    return true;
}

} // namespace lintel
