// SPDX-License-Identifier: Apache-2.0
// A domain's guest-physical map: the EPT paging structures as one object. Uses the largest entries
// that alignment allows and splits them when a part changes.
//
// Takes no lock; whoever edits serialises, while others may look up. Invalidation is the caller's:
// after an edit that takes something away, neither the frames nor the table pages that
// `Memory::free` was given may be used for anything else until mm/translations.hpp says so.
#pragma once

#include <cstdint>
#include <utility>

#include "mm/ept_entry.hpp"
#include "mm/ept_tables.hpp"
#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel::ept {

struct Mapping {
    Mfn frame;
    Access access = Access::none;
    MemoryType type = MemoryType::uncacheable;
    Level level = Level::pt; // size of the entry that maps it
};

template <TableMemory Memory>
class Map : private Tables<Memory> {
    using Base = Tables<Memory>;
    using Base::memory_, Base::root_;
    using Base::set, Base::replace, Base::unlink, Base::descend, Base::find;

public:
    using Base::root, Base::memory, Base::tables;

    static Result<Map> create(Memory memory)
    {
        const Mfn root = TRY(memory.allocate());
        return Map{std::move(memory), root};
    }

    // Maps gfns [range) to mfns from `first` on, replacing what was there. On no_memory a part may
    // be mapped; unmap(range) undoes that.
    Result<> map(GfnRange range, Mfn first, Access access, MemoryType type)
    {
        assert(access != Access::none && range.end().number <= gfn_limit);
        if (range.count == 1 && edit_page(range.first, Entry::leaf(first, Level::pt, access, type)))
            return {};
        return edit(
            root_, Level::pml4, range,
            [&](Gfn gfn, Level level) {
                return Entry::leaf(first + (gfn - range.first), level, access, type);
            },
            [&](Gfn gfn, Level level) {
                return level <= memory_.largest_leaf() &&
                       (first + (gfn - range.first)).number % frames(level) == 0;
            });
    }
    // Likewise by entries of 4 KiB only: any of the pages can be unmapped alone without a new table.
    Result<> map_pages(GfnRange range, Mfn first, Access access, MemoryType type)
    {
        assert(access != Access::none && range.end().number <= gfn_limit);
        return edit(
            root_, Level::pml4, range,
            [&](Gfn gfn, Level level) {
                return Entry::leaf(first + (gfn - range.first), level, access, type);
            },
            [](Gfn, Level level) { return level == Level::pt; });
    }
    Result<> unmap(GfnRange range)
    {
        if (range.count == 1 && edit_page(range.first, Entry{}))
            return {};
        return edit(
            root_, Level::pml4, range, [](Gfn, Level) { return Entry{}; },
            [](Gfn, Level) { return true; });
    }
    // What `gfn` is mapped to; access none if nothing.
    Mapping lookup(Gfn gfn)
    {
        const typename Base::Found found = find(gfn);
        if (!found.entry.present())
            return {};
        return {found.entry.frame() + gfn.number % frames(found.level), found.entry.access(),
                found.entry.type(), found.level};
    }
    // How many gfns from the first on are mapped to nothing; within the range.
    std::uint64_t gap(GfnRange range)
    {
        for (Gfn at = range.first; at < range.end();) {
            const typename Base::Found found = find(at);
            if (found.entry.present())
                return at - range.first;
            at = {(at.number / frames(found.level) + 1) * frames(found.level)};
        }
        return range.count;
    }

    // For a map that no processor uses any more: takes out leaves and the tables that lose their last
    // one, until about `budget` frames are done. `give(MfnRange)` gets the frames of each leaf before
    // it goes; its error ends the work there. Whether nothing is left.
    template <typename Give>
    Result<bool> dismantle(std::uint64_t budget, Give give)
    {
        return dismantle(root_, Level::pml4, budget, give);
    }

private:
    Map(Memory memory, Mfn root) : Base{std::move(memory), root} {}

    template <typename Give>
    Result<bool> dismantle(Mfn table, Level level, std::uint64_t& budget, Give& give)
    {
        constexpr std::uint64_t cost_of_table = 64; // its entries have to be looked at
        for (unsigned at = 0; at < 512; ++at) {
            const Entry entry = memory_.read(table, at);
            if (!entry.present())
                continue;
            if (budget == 0)
                return false;
            const bool leaf = level != Level::pml4 && entry.is_leaf(level);
            if (leaf)
                TRY(give(MfnRange{entry.frame(), frames(level)}));
            else if (!TRY(dismantle(entry.frame(), below(level), budget, give)))
                return false;
            if (leaf)
                set(table, at, entry, Entry{});
            else
                unlink(table, at, entry);
            const std::uint64_t cost = leaf ? frames(level) : cost_of_table;
            budget -= cost < budget ? cost : budget;
        }
        return true;
    }

    // What edit() does to a page whose table is there and stays; false: it is not that simple.
    // Pages that are granted come one by one.
    bool edit_page(Gfn gfn, Entry entry)
    {
        if (gfn.number >= gfn_limit)
            return false;
        Mfn table = root_;
        for (Level level = Level::pml4; level != Level::pt; level = below(level)) {
            const Entry next = memory_.read(table, index(gfn, level));
            if (!next.present() || (level != Level::pml4 && next.is_leaf(level)))
                return false;
            table = next.frame();
        }
        const unsigned at = index(gfn, Level::pt);
        const Entry old = memory_.read(table, at);
        if (!entry.present() && old.present() && memory_.entries(table) == 1)
            return false;
        replace(table, at, Level::pt, old, entry);
        return true;
    }

    // Writes `make(gfn, level)` over the range, at the largest level where range and `fits` allow
    // it. A table that loses its last entry goes.
    template <typename Make, typename Fits>
    Result<> edit(Mfn table, Level level, GfnRange range, Make make, Fits fits)
    {
        while (range.count != 0) {
            const std::uint64_t span = frames(level);
            const std::uint64_t left = span - range.first.number % span;
            const std::uint64_t count = left < range.count ? left : range.count;
            const unsigned at = index(range.first, level);
            const Entry old = memory_.read(table, at);
            // Absent and to be absent: nothing below needs a table.
            if (count == span && level != Level::pml4 && fits(range.first, level)) {
                replace(table, at, level, old, make(range.first, level));
            } else if (old.present() || make(range.first, Level::pt).present()) {
                const Mfn child = TRY(descend(table, at, level, old));
                auto done = edit(child, below(level), {range.first, count}, make, fits);
                if (memory_.entries(child) == 0)
                    unlink(table, at, Entry::table(child));
                TRY(std::move(done));
            }
            range = {range.first + count, range.count - count};
        }
        return {};
    }
};

} // namespace lintel::ept
