// SPDX-License-Identifier: Apache-2.0
// The seal itself, a part at a time: every declared frame is looked at, tables and text are
// protected from stores, then the tables are checked. Or all of it is undone. What the processors
// have to do with it is the caller's. Contract: docs/abi/sealed.md#seal.
//
// `D` is a domain as for seal/protection.hpp, with shoot_down(domain) beside.
#pragma once

#include "seal/check_tables.hpp"
#include "seal/protection.hpp"

namespace lintel::seal {

enum class Phase : std::uint8_t {
    open,       // frames may be declared
    protecting, // from here on nothing that is not plain leaves the domain
    checking,
    undoing, // it is refused
    sealed,
};

// Whoever calls has the turn (domain/sealed.hpp), but for phase_now().
struct Sealing {
    Phase phase = Phase::open;
    std::uint64_t at = 0; // guest-physical, where the phase goes on
    MasterRoot master;
    Error refused_for{};
    std::uint64_t culprit = 0; // guest-physical, of the entry or frame
    std::uint64_t protected_frames = 0;

    Phase phase_now() const { return __atomic_load_n(&phase, __ATOMIC_SEQ_CST); }
    void enter(Phase next)
    {
        at = 0;
        __atomic_store_n(&phase, next, __ATOMIC_SEQ_CST);
    }
};

// What one call does at most: frames that are looked at, of which one to be protected counts as
// many; and entries.
inline constexpr std::uint64_t frames_at_once = 32768, cost_of_protection = 64;
inline constexpr unsigned entries_at_once = 4096;
static_assert(frames(Level::pd) * cost_of_protection <= frames_at_once);

// How many frames from `first` on are of its kind, within 2 MiB.
inline std::uint64_t run_of_kind(const FrameRecord& record, Gfn first)
{
    if (first.number % frames(Level::pd) == 0 && record.is_plain_2m(first))
        return frames(Level::pd);
    const FrameKind kind = record.at(first);
    std::uint64_t count = 1;
    while ((first + count).number % frames(Level::pd) != 0 && first + count < record.ram().end() &&
           record.at(first + count) == kind)
        ++count;
    return count;
}

// Calls `act(range, kind)` for frames that are not plain, in such runs, from guest-physical address
// `at` on. True when none is left; its error leaves `at` at the run.
template <typename Act>
Result<bool> for_each_declared(const FrameRecord& record, std::uint64_t& at, Act act)
{
    for (std::uint64_t left = frames_at_once; at < record.ram().end().address();) {
        const GfnRange run{Gfn::of(at), run_of_kind(record, Gfn::of(at))};
        const FrameKind kind = record.at(run.first);
        const std::uint64_t cost =
            kind == FrameKind::plain ? 1 + run.count / 8 : run.count * cost_of_protection;
        if (cost > left)
            return false;
        left -= cost;
        if (kind != FrameKind::plain)
            TRY(act(run, kind));
        at = run.end().address();
    }
    return true;
}

template <typename D>
Result<bool> protect_some(D& domain, const Tables& tables, Sealing& sealing)
{
    return for_each_declared(
        tables.record, sealing.at, [&](GfnRange run, FrameKind kind) -> Result<> {
            const Guard guard{domain.map_lock};
            Gfn at;
            const auto own = check_own(domain, run, at);
            sealing.culprit = at.address();
            TRY(own);
            TRY(set_access(domain, run, access_for(kind)));
            sealing.protected_frames += access_for(kind) == ept::Access::rwx ? 0 : run.count;
            return {};
        });
}

template <typename D>
bool undo_some(D& domain, Tables& tables, Sealing& sealing)
{
    return for_each_declared(
               tables.record, sealing.at,
               [&](GfnRange run, FrameKind) -> Result<> {
                   const Guard guard{domain.map_lock};
                   set_access(domain, run, ept::Access::rwx).take(); // as it was split
                   const Guard inner{tables.lock};
                   for (Gfn at = run.first; at < run.end(); at = at + 1)
                       tables.record.set(at, FrameKind::plain);
                   return {};
               })
        .take(); // nothing that it calls fails
}

inline void refuse(Sealing& sealing, Error error, std::uint64_t culprit)
{
    sealing.refused_for = error;
    sealing.culprit = culprit;
    sealing.enter(Phase::undoing);
}

// A part of it, once it has begun: true when all is protected and checked, and only the processors
// are left; false: there is more to do. An error comes when all is undone. Waits for other CPUs.
template <typename D, TableMemory Memory>
Result<bool> advance(D& domain, Tables& tables, Memory& memory, Sealing& sealing,
                     std::uint64_t window_entry)
{
    switch (sealing.phase) {
    case Phase::protecting: {
        auto done = protect_some(domain, tables, sealing);
        if (!done.ok()) {
            refuse(sealing, done.error(), sealing.culprit);
        } else if (done.value()) {
            shoot_down(domain);
            sealing.enter(Phase::checking);
        }
        return false;
    }
    case Phase::checking: {
        auto done = check_tables(tables, memory, window_entry, sealing.at, entries_at_once);
        if (!done.ok())
            refuse(sealing, done.error(), sealing.at);
        return done.ok() && done.value();
    }
    case Phase::undoing:
        if (!undo_some(domain, tables, sealing))
            return false;
        sealing.protected_frames = 0;
        sealing.enter(Phase::open);
        return sealing.refused_for;
    case Phase::open:
    case Phase::sealed:
        break;
    }
    return Error::not_found;
}

} // namespace lintel::seal
