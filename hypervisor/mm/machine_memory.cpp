// SPDX-License-Identifier: Apache-2.0
// The one frame allocator.
#include "mm/machine_memory.hpp"

namespace lintel {

namespace {
std::uint64_t ram = 0;
}

void set_frames(FrameAllocator& chosen)
{
    chosen_frames = &chosen;
}

Result<Mfn> allocate_cleared(unsigned order, Owner owner)
{
    const FrameAllocator::Block block = TRY(frames().allocate_for_clearing(order, owner));
    if (!block.clean)
        __builtin_memset(at_frame(block.first), 0, page_size << order);
    return block.first;
}

Result<Mfn> allocate_cleared_frame()
{
    return allocate_cleared(0, Owner::hypervisor);
}

Result<Mfn> allocate_cleared(unsigned order, FrameBag& bag)
{
    const Mfn first = TRY(allocate_cleared(order, Owner::hypervisor));
    bag.add(first, order);
    return first;
}

std::uint64_t ram_frames()
{
    return ram;
}

void set_ram_frames(std::uint64_t count)
{
    ram = count;
}

} // namespace lintel
