// SPDX-License-Identifier: Apache-2.0
// dom0's foreign mappings in bulk. Frames that follow each other, by one entry of the owner's map and
// within the reach of one table of dom0's, are lent, shown, hidden and given back together: a kernel's
// image has thousands. Of single frames the result is that of grant/lending.hpp.
//
// Each call does the first of the frames that it is given, one at least, and says how many.
#pragma once

#include "grant/lending.hpp"

namespace lintel {

// RAM from the first page on, as far as it is one run. With the owner's map_lock held.
template <typename D>
Result<MfnRange> ram_run(D& owner, GfnRange pages)
{
    const Mfn first = TRY(ram_frame(owner, pages.first));
    const auto of_entry = ept::frames(owner.map.lookup(pages.first).level);
    const auto of_table = ept::frames(ept::Level::pd);
    std::uint64_t count = 1;
    while (count < pages.count && (pages.first + count).number % of_entry != 0 &&
           (first + count).number % of_table != 0 &&
           owner.frame_table().owner(first + count) == owner_of(owner.id))
        ++count;
    return MfnRange{first, count};
}

template <typename D>
Result<MfnRange> lend_run(D& owner, GfnRange pages)
{
    const Guard guard{owner.map_lock};
    MfnRange run = TRY(ram_run(owner, pages));
    std::uint32_t newly = 0;
    for (std::uint64_t i = 0; i < run.count; ++i) {
        auto only = add_use(owner.frame_table().of(run.first + i));
        if (!only.ok() && i == 0)
            return only.error();
        if (!only.ok())
            run.count = i;
        else
            newly += only.value() ? 1 : 0;
    }
    __atomic_fetch_add(&owner.lent_frames, newly, __ATOMIC_SEQ_CST);
    return run;
}

template <typename D>
void give_run_back(D& owner, MfnRange run)
{
    std::uint32_t last = 0;
    for (std::uint64_t i = 0; i < run.count; ++i)
        last += end_use(owner.frame_table().of(run.first + i)) ? 1 : 0;
    __atomic_fetch_sub(&owner.lent_frames, last, __ATOMIC_SEQ_CST); // now it may be destroyed
}

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
