// SPDX-License-Identifier: Apache-2.0
// What there is of a sealed domain's page tables beside the tables themselves: which frames they are, and
// what may stand in them. All vCPUs of the domain share it; seal/commands.hpp changes tables by it.
#pragma once

#include "cpu/spin_lock.hpp"
#include "seal/reached_tables.hpp"
#include "seal/validator.hpp"

namespace lintel::seal {

// The root whose upper half every later one begins with.
struct MasterRoot {
    Gfn page;
    bool pair = false; // the next page is the user's half of a pair

    bool operator==(const MasterRoot&) const = default;
};

// Where a run of entries of one table begins, which the guest may change.
struct Place {
    Gfn table;
    unsigned index;
    Level level;
};

struct Tables {
    static constexpr unsigned window_slot = 509; // of every root: the window

    // Everything that follows, and every entry of every table. Nothing is locked under it.
    SpinLock lock;
    FrameRecord record;
    Paging paging;
    MasterRoot master;
    bool stores_pass = false; // check mode: others than we store entries, too
    ReachedTables reached = {};

    // The entries from `address` on, `count` of them: at least one.
    Result<Place> find(std::uint64_t address, std::uint64_t count) const
    {
        const Place place{Gfn::of(address), static_cast<unsigned>(address % page_size / 8), {}};
        const FrameKind kind = record.at(place.table);
        if (!is_table(kind))
            return Error::bad_address;
        if (address % 8 != 0 || count == 0 || count > table_entries - place.index)
            return Error::bad_argument;
        const Level level = level_of(kind);
        if (has_window(level, place.index, count))
            return Error::not_permitted;
        return Place{place.table, place.index, level};
    }
    // Whether `count` entries from `index` on, of a table of this level, have the window's among them.
    static bool has_window(Level level, std::uint64_t index, std::uint64_t count)
    {
        return level == Level::pml4 && index <= window_slot && window_slot < index + count;
    }
    Result<> check(std::uint64_t raw, Level level) const
    {
        return check_entry(TableEntry{raw}, level, record, paging);
    }

    // They count as no tables any more: nobody reaches them by what he knows.
    void begin_leaving(GfnRange range)
    {
        record.set_leaving(range);
        reached.forget();
    }

    // Frames go from one kind to another, all of them or none. Plain ones are claimed as `moving` first;
    // once no CPU can store to them any more they are `donated`. The claim keeps two vCPUs from donating,
    // and from giving up, the same frame. Takes the lock.
    Result<> move(GfnRange range, FrameKind from, FrameKind to)
    {
        assert(!is_table(from)); // `reached` may have them
        Guard guard{lock};
        if (!record.has(range))
            return Error::bad_address;
        for (Gfn gfn = range.first; gfn < range.end(); gfn = gfn + 1)
            if (record.kept(gfn) != from) // a table that is withdrawn is no claim of this kind
                return Error::busy;
        for (Gfn gfn = range.first; gfn < range.end(); gfn = gfn + 1)
            record.set(gfn, to);
        return {};
    }
};

} // namespace lintel::seal
