// SPDX-License-Identifier: Apache-2.0
// Frames of one domain in the hands of another: the two halves of every mapping. The owner lends a
// frame, which then stays its own; the user is shown it. Neither half holds the lock of the other.
//
// `D` is a domain: `id`, `privileged`, `map` and `map_lock`, `frame_table()`, `lent_frames`,
// may_leave(page), and shoot_down(domain).
#pragma once

#include <cstdint>

#include "cpu/spin_lock.hpp"
#include "mm/ept.hpp"
#include "mm/frame_allocator.hpp"
#include "mm/frame_uses.hpp"
#include "mm/owner.hpp"
#include "support/result.hpp"

namespace lintel {

// RAM means a frame that the domain owns and may write.
template <typename D>
Result<ept::Mapping> ram_mapping(D& owner, Gfn page)
{
    const ept::Mapping mapping = owner.map.lookup(page);
    if (mapping.access != ept::Access::rwx ||
        owner.frame_table().owner(mapping.frame) != owner_of(owner.id))
        return Error::bad_address;
    return mapping;
}
template <typename D>
Result<Mfn> ram_frame(D& owner, Gfn page)
{
    return TRY(ram_mapping(owner, page)).frame;
}

// RAM from the first page on, as far as it is one run: frames that follow each other, by one entry of
// the owner's map and within the reach of one table of dom0's. With the owner's map_lock held.
template <typename D>
Result<MfnRange> ram_run(D& owner, GfnRange pages)
{
    const ept::Mapping mapping = TRY(ram_mapping(owner, pages.first));
    const Mfn first = mapping.frame;
    const auto of_entry = ept::frames(mapping.level);
    const auto of_table = ept::frames(ept::Level::pd);
    std::uint64_t count = 1;
    while (count < pages.count && (pages.first + count).number % of_entry != 0 &&
           (first + count).number % of_table != 0 &&
           owner.frame_table().owner(first + count) == owner_of(owner.id))
        ++count;
    return MfnRange{first, count};
}

// Counts one use more of pages of the owner's RAM: of the first, and of those that are one run with
// it. Until they are given back the frames do not leave their places in the owner's map.
template <typename D>
Result<MfnRange> lend_run(D& owner, GfnRange pages)
{
    const Guard guard{owner.map_lock};
    MfnRange run = TRY(ram_run(owner, pages));
    std::uint32_t newly = 0;
    for (std::uint64_t i = 0; i < run.count; ++i) {
        if (!owner.may_leave(pages.first + i)) {
            if (i == 0)
                return Error::busy;
            run.count = i;
            break;
        }
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
Result<Mfn> lend_frame(D& owner, Gfn page)
{
    return TRY(lend_run(owner, {page, 1})).first;
}

// Nobody can reach the frames by that use any more.
template <typename D>
void give_run_back(D& owner, MfnRange run)
{
    std::uint32_t last = 0;
    for (std::uint64_t i = 0; i < run.count; ++i)
        last += end_use(owner.frame_table().of(run.first + i)) ? 1 : 0;
    __atomic_fetch_sub(&owner.lent_frames, last, __ATOMIC_SEQ_CST); // now it may be destroyed
}
template <typename D>
void give_frame_back(D& owner, Mfn frame)
{
    give_run_back(owner, {frame, 1});
}

constexpr ept::Access access_for(bool writable)
{
    return writable ? ept::Access::rw : ept::Access::r;
}

constexpr ept::Access access_for(DirectUses uses)
{
    return uses.writers != 0   ? ept::Access::rw
           : uses.readers != 0 ? ept::Access::r
                               : ept::Access::none;
}

// dom0 sees the frame at its machine address, with what all of its mappings together need.
template <typename D>
Result<Gfn> show_directly(D& user, Mfn frame, bool writable)
{
    FrameInfo& info = user.frame_table().of(frame);
    const DirectUses before = DirectUses::of(info), after = before.with(writable);
    const Gfn at{frame.number};
    if (access_for(before) != access_for(after)) {
        assert_slow(before.readers != 0 || user.map.lookup(at).access == ept::Access::none);
        TRY(user.map.map({at, 1}, frame, access_for(after), ept::MemoryType::write_back));
        if constexpr (debug_build)
            user.frame_table().set_stale({frame, 1}, false); // it has become more only
    }
    after.store(info);
    return at;
}

// Any other domain sees it where it wants to, if nothing is there.
template <typename D>
Result<Gfn> show_at(D& user, Gfn at, Mfn frame, bool writable)
{
    if (user.map.lookup(at).access != ept::Access::none)
        return Error::exists;
    TRY(user.map.map({at, 1}, frame, access_for(writable), ept::MemoryType::write_back));
    return at;
}

// Shows a frame that is lent; `at` is not for dom0. On failure nothing has changed.
template <typename D>
Result<Gfn> show_frame(D& user, Gfn at, Mfn frame, bool writable)
{
    const Guard guard{user.map_lock};
    return user.privileged ? show_directly(user, frame, writable)
                           : show_at(user, at, frame, writable);
}

// An entry of 4 KiB gets these rights: no table has to be made for it.
template <typename D>
void restrict_to(D& user, Gfn at, Mfn frame, ept::Access access)
{
    assert_slow(user.map.lookup(at).frame == frame && user.map.lookup(at).level == ept::Level::pt);
    if (access == ept::Access::none)
        user.map.unmap({at, 1}).take();
    else
        user.map.map({at, 1}, frame, access, ept::MemoryType::write_back).take();
}

template <typename D>
bool hide_directly(D& user, Mfn frame, bool writable)
{
    FrameInfo& info = user.frame_table().of(frame);
    const DirectUses before = DirectUses::of(info), after = before.without(writable);
    after.store(info);
    if (access_for(before) == access_for(after))
        return false;
    restrict_to(user, Gfn{frame.number}, frame, access_for(after));
    return true;
}

// Whether that took something away: then the frame may not be given back before a shootdown.
template <typename D>
bool hide_frame(D& user, Gfn at, Mfn frame, bool writable)
{
    const Guard guard{user.map_lock};
    if (user.privileged)
        return hide_directly(user, frame, writable);
    restrict_to(user, at, frame, ept::Access::none);
    return true;
}

} // namespace lintel
