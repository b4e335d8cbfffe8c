// SPDX-License-Identifier: Apache-2.0
// The one frame allocator.
#include "mm/machine_memory.hpp"

namespace lintel {

namespace {
FrameAllocator* allocator = nullptr;
}

FrameAllocator& frames()
{
    assert(allocator != nullptr);
    return *allocator;
}

void set_frames(FrameAllocator& chosen)
{
    allocator = &chosen;
}

Result<Mfn> allocate_cleared_frame()
{
    const Mfn frame = TRY(frames().allocate(0, Owner::hypervisor));
    __builtin_memset(at_frame(frame), 0, page_size);
    return frame;
}

} // namespace lintel
