// SPDX-License-Identifier: Apache-2.0
// dom0's foreign mappings in bulk: the frames of a run (grant/lending.hpp) are shown and hidden
// together, as a kernel's image has thousands. The result is that of single frames.
//
// Each call does the first of the frames that it is given, one at least, and says how many.
#pragma once

#include "grant/lending.hpp"

namespace lintel {

// Of pages that are lent.
template <typename D>
MfnRange lent_run(D& owner, GfnRange pages)
{
    const Guard guard{owner.map_lock};
    const MfnRange run = ram_run(owner, pages).take(); // what is lent stays
    assert(in_use(owner.frame_table().of(run.first)));
    return run;
}

// How many frames have these direct uses, from the first on.
inline std::uint64_t alike(FrameAllocator& frames, MfnRange run, DirectUses uses)
{
    std::uint64_t count = 0;
    while (count < run.count && DirectUses::of(frames.of(run.first + count)) == uses)
        ++count;
    return count;
}

// To dom0, at their machine addresses. On failure nothing has changed.
template <typename D>
Result<std::uint64_t> show_run(D& user, MfnRange run, bool writable)
{
    const Guard guard{user.map_lock};
    FrameAllocator& frames = user.frame_table();
    const std::uint64_t count = alike(frames, run, {});
    if (count == 0) {
        TRY(show_directly(user, run.first, writable));
        return std::uint64_t{1};
    }
    TRY(user.map.map_pages({Gfn{run.first.number}, count}, run.first, access_for(writable),
                           ept::MemoryType::write_back));
    if constexpr (debug_build)
        frames.set_stale({run.first, count}, false); // it has become more only
    for (std::uint64_t i = 0; i < count; ++i)
        DirectUses{}.with(writable).store(frames.of(run.first + i));
    return count;
}

struct Hidden {
    std::uint64_t count;
    bool flush; // the frames may not be given back before a shootdown
};

template <typename D>
Hidden hide_run(D& user, MfnRange run, bool writable)
{
    const Guard guard{user.map_lock};
    FrameAllocator& frames = user.frame_table();
    const std::uint64_t count = alike(frames, run, DirectUses{}.with(writable));
    if (count == 0)
        return {1, hide_directly(user, run.first, writable)};
    for (std::uint64_t i = 0; i < count; ++i)
        DirectUses{}.store(frames.of(run.first + i));
    user.map.unmap({Gfn{run.first.number}, count}).take(); // entries of 4 KiB: needs no table
    return {count, true};
}

} // namespace lintel
