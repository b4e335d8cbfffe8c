// SPDX-License-Identifier: Apache-2.0
// Frames that go from one kind to another after the seal, slowly, as every table has to be searched first:
// table pages that become plain, plain frames that become text, text that becomes plain. One journey at a
// time; whoever calls has the turn (domain/sealed.hpp). What keeps the search true: from the beginning no
// entry can be made that it looks for. `D` as for seal/sealing.hpp.
#pragma once

#include "seal/protection.hpp"
#include "seal/withdrawal.hpp"

namespace lintel::seal {

enum class Trip : std::uint8_t {
    none,
    withdraw,
    make_text,
    drop_text,
};

struct Journey {
    Trip trip = Trip::none;
    GfnRange range;
    std::uint64_t at = 0;  // where the search goes on: of the entry, if it is in the way
    bool searched = false;
};

// Plain frames that are neither written nor executed from now on: those that become text.
template <typename D>
Result<> settle(D& domain, Tables& tables, GfnRange range)
{
    TRY(tables.move(range, FrameKind::plain, FrameKind::settling));
    const auto protect = [&]() -> Result<> {
        const Guard guard{domain.map_lock};
        Gfn at;
        TRY(check_own(domain, range, at));
        const auto done = set_access(domain, range, access_for(FrameKind::settling));
        if (!done.ok())
            set_access(domain, range, ept::Access::rwx).take(); // what was split stays so
        return done;
    };
    const auto done = protect();
    if (!done.ok())
        tables.move(range, FrameKind::settling, FrameKind::plain).take(); // they are this call's
    else
        shoot_down(domain);
    return done;
}

template <typename D>
Result<> begin_journey(D& domain, Tables& tables, Journey& journey, Trip trip, GfnRange range)
{
    switch (trip) {
    case Trip::withdraw:
        TRY(begin_withdrawal(tables, range));
        break;
    case Trip::make_text:
        TRY(settle(domain, tables, range));
        break;
    case Trip::drop_text:
        if (!tables.move(range, FrameKind::text, FrameKind::settling).ok())
            return Error::bad_address;
        break;
    case Trip::none:
        return Error::bad_argument;
    }
    journey = {trip, range, 0, false};
    return {};
}

// Whether a leaf of this level is in the way.
inline bool is_in_the_way(const Journey& journey, TableEntry entry, Level level)
{
    if (!entry.present() || !entry.is_leaf(level) ||
        !journey.range.overlaps({entry.frame(level), frames(level)}))
        return false;
    return journey.trip == Trip::make_text ? entry.writable() || entry.user()
                                           : entry.executable() && !entry.user();
}

// A part of the search: true when all is searched. Error::busy: the entry at `at` is in the way.
template <TableMemory Memory>
Result<bool> search_some(Tables& tables, Memory& memory, Journey& journey, unsigned budget)
{
    if (journey.trip == Trip::withdraw)
        return search_references(tables, memory, journey.at, budget);
    return for_each_entry(tables, memory, journey.at, budget,
                          [&](std::uint64_t raw, Level level, unsigned) -> Result<> {
                              if (is_in_the_way(journey, TableEntry{raw}, level))
                                  return Error::busy;
                              return {};
                          });
}

// They are again what they were.
template <typename D>
void turn_back(D& domain, Tables& tables, Journey& journey)
{
    const GfnRange range = journey.range;
    if (journey.trip == Trip::withdraw)
        end_withdrawal(tables, false);
    if (journey.trip == Trip::drop_text)
        tables.move(range, FrameKind::settling, FrameKind::text).take();
    if (journey.trip == Trip::make_text) {
        const Guard guard{domain.map_lock};
        set_access(domain, range, ept::Access::rwx).take(); // as it was split
        tables.move(range, FrameKind::settling, FrameKind::plain).take();
    }
    journey = {};
}

// All is searched, and no processor has a root among them: they arrive. On no_memory they turn back.
template <typename D>
Result<> arrive(D& domain, Tables& tables, Journey& journey)
{
    shoot_down(domain); // what processors know of them is from before the search
    const GfnRange range = journey.range;
    if (journey.trip == Trip::make_text) {
        tables.move(range, FrameKind::settling, FrameKind::text).take();
        journey = {};
        return {};
    }
    const auto open = [&]() -> Result<> {
        const Guard guard{domain.map_lock};
        const auto opened = set_access(domain, range, ept::Access::rwx);
        if (!opened.ok()) // a large entry of which this is a part
            set_access(domain, range,
                       access_for(journey.trip == Trip::withdraw ? FrameKind::donated
                                                                 : FrameKind::text))
                .take();
        return opened;
    };
    const auto opened = open();
    if (!opened.ok()) {
        shoot_down(domain);
        turn_back(domain, tables, journey);
        return opened;
    }
    if (journey.trip == Trip::withdraw)
        end_withdrawal(tables, true);
    else
        tables.move(range, FrameKind::settling, FrameKind::plain).take();
    journey = {};
    return {};
}

} // namespace lintel::seal
