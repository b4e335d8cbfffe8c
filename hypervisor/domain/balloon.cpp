// SPDX-License-Identifier: Apache-2.0
// Edits of the map happen under its lock; frames are freed after every CPU has forgotten them.
#include "domain/balloon.hpp"

#include "domain/populate.hpp"
#include "domain/shootdown.hpp"

namespace lintel {

namespace {

// How many frames from the first on satisfy `fits`.
template <typename Fits>
std::uint64_t leading(GfnRange range, Fits fits)
{
    std::uint64_t count = 0;
    while (count < range.count && fits(range.first + count))
        ++count;
    return count;
}

// The range lies within 2 MiB, so tables for splitting are made before the first entry changes: on
// failure nothing has changed.
Result<> unmap(Domain& domain, GfnRange range, RetiredFrames& retired)
{
    for (Gfn gfn = range.first; gfn < range.end(); gfn = gfn + 1)
        retired.add(frames(), domain.map.lookup(gfn).frame);
    const auto done = domain.map.unmap(range);
    if (done.ok())
        retired.take_over(frames(), domain.map.memory().retired);
    else
        retired.forget();
    return done;
}

// Frames for the beginning of the range: where they lie is fixed, as in dom0 all RAM is 1:1.
Result<MfnRange> take_frames(Domain& domain, GfnRange range)
{
    for (std::uint64_t count = range.count; count != 0; count /= 2) {
        const MfnRange wanted{Mfn{range.first.number}, count};
        if (frames().take(wanted, owner_of(domain.id)).ok())
            return wanted;
    }
    return Error::busy;
}

// Cleared before anyone can see it. On failure nothing has changed, as in unmap().
Result<> map(Domain& domain, GfnRange range, MfnRange taken)
{
    __builtin_memset(at_frame(taken.first), 0, taken.count * page_size);
    const auto done =
        domain.map.map(range, taken.first, ept::Access::rwx, ept::MemoryType::write_back);
    if (!done.ok())
        frames().release(taken);
    return done;
}

// After the edit, without its lock: frees what it took out of the map.
void finish(Domain& domain, RetiredFrames& retired)
{
    if (retired.empty())
        return;
    shoot_down(domain);
    retired.release(frames()); // whoever gets them next gets them erased
}

} // namespace

Result<std::uint64_t> release_memory(Domain& domain, GfnRange range)
{
    RetiredFrames retired;
    {
        const Guard guard{domain.map_lock};
        const Mfn first = TRY(ram_frame(domain, range.first));
        if (in_use(frames().of(first)) || !domain.may_leave(range.first))
            return Error::busy;
        range.count = leading(range, [&](Gfn gfn) {
            auto frame = ram_frame(domain, gfn);
            return frame.ok() && !in_use(frames().of(frame.value())) && domain.may_leave(gfn);
        });
        TRY(unmap(domain, range, retired));
        domain.count_ram(-range.count);
    }
    finish(domain, retired);
    return range.count;
}

Result<std::uint64_t> claim_memory(Domain& domain, GfnRange range)
{
    if (!domain.privileged)
        return populate_again(domain, range);
    RetiredFrames retired; // a table that a large page replaces
    {
        const Guard guard{domain.map_lock};
        range.count = leading(range, [&](Gfn gfn) {
            return domain.own_ram != nullptr && domain.own_ram->contains({Mfn{gfn.number}, 1}) &&
                   domain.map.lookup(gfn).access == ept::Access::none;
        });
        if (range.count == 0)
            return Error::bad_address;
        const MfnRange taken = TRY(take_frames(domain, range));
        range.count = taken.count;
        TRY(map(domain, range, taken));
        domain.count_ram(range.count);
        retired.take_over(frames(), domain.map.memory().retired);
    }
    finish(domain, retired);
    return range.count;
}

} // namespace lintel
