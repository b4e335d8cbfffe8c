// SPDX-License-Identifier: Apache-2.0
// A domain's guest-physical map: the EPT paging structures as one object. Uses the largest entries
// that alignment allows and splits them when a part changes.
//
// `Memory` allocates and reaches table pages: mm/machine_memory.hpp on the machine, a recording
// fake in tests. Takes no lock; whoever edits serialises, while others may look up. Invalidation is
// the caller's: after an edit that takes something away, neither the frames nor the table pages that
// `Memory::free` was given may be used for anything else until mm/translations.hpp says so.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "mm/ept_entry.hpp"
#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel::ept {

template <typename M>
concept TableMemory = requires(M& memory, Mfn table, unsigned index, Entry entry)
{
    {
        memory.allocate()
        } -> std::same_as<Result<Mfn>>; // all entries not present
    memory.free(table); // no longer linked, but processors may have cached the way to it
    memory.taken_away(MfnRange{}); // likewise for what a leaf mapped
    {
        memory.read(table, index)
        } -> std::same_as<Entry>;
    {
        memory.largest_leaf()
        } -> std::same_as<Level>; // pdpt where 1 GiB entries exist, else pd
    {
        memory.entries(table)
        } -> std::same_as<std::uint16_t&>; // how many are present; counted here, zero in a new one
    memory.write(table, index, entry); // one 8-byte atomic store
};

struct Mapping {
    Mfn frame;
    Access access = Access::none;
    MemoryType type = MemoryType::uncacheable;
    Level level = Level::pt; // size of the entry that maps it
};

template <TableMemory Memory>
class Map {
public:
    static Result<Map> create(Memory memory)
    {
        const Mfn root = TRY(memory.allocate());
        return Map{std::move(memory), root};
    }
    Map(Map&& other) noexcept
        : memory_{std::move(other.memory_)},
          root_{std::exchange(other.root_, {})},
          tables_{std::exchange(other.tables_, 0)}
    {
    }
    Map& operator=(Map&&) = delete;
    ~Map()
    {
        if (root_ != Mfn{})
            free_tables(root_, Level::pml4, false); // whoever ends a map has seen to its frames
    }

    Mfn root() const { return root_; }
    Memory& memory() { return memory_; }
    // Frames that the paging structures take, the root included.
    std::uint64_t tables() const { return __atomic_load_n(&tables_, __ATOMIC_RELAXED); }

    // Maps gfns [range) to mfns from `first` on, replacing what was there. On no_memory a part may
    // be mapped; unmap(range) undoes that.
    Result<> map(GfnRange range, Mfn first, Access access, MemoryType type)
    {
        assert(access != Access::none && range.end().number <= frames(Level::pml4) << 9);
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
        assert(access != Access::none && range.end().number <= frames(Level::pml4) << 9);
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
        const Found found = find(gfn);
        if (!found.entry.present())
            return {};
        return {found.entry.frame() + gfn.number % frames(found.level), found.entry.access(),
                found.entry.type(), found.level};
    }
    // How many gfns from the first on are mapped to nothing; within the range.
    std::uint64_t gap(GfnRange range)
    {
        for (Gfn at = range.first; at < range.end();) {
            const Found found = find(at);
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
    Map(Memory memory, Mfn root) : memory_{std::move(memory)}, root_{root}, tables_{1} {}

    // Edits are serialised; whoever asks for the number is not.
    void count(std::uint64_t tables) { __atomic_store_n(&tables_, tables, __ATOMIC_RELAXED); }

    static constexpr unsigned index(Gfn gfn, Level level)
    {
        return gfn.number >> order(level) & 511;
    }

    struct Found {
        Entry entry; // a leaf, or absent
        Level level; // of the table that it is in
    };
    // Where the walk for `gfn` ends.
    Found find(Gfn gfn)
    {
        if (gfn.number >= frames(Level::pml4) << 9) // the indices below would wrap
            return {{}, Level::pml4};
        Mfn table = root_;
        for (Level level = Level::pml4;; level = below(level)) {
            const Entry entry = memory_.read(table, index(gfn, level));
            if (!entry.present() || (level != Level::pml4 && entry.is_leaf(level)))
                return {entry, level};
            table = entry.frame();
        }
    }

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

    void set(Mfn table, unsigned at, Entry old, Entry entry)
    {
        memory_.write(table, at, entry);
        std::uint16_t& entries = memory_.entries(table);
        entries = static_cast<std::uint16_t>(entries + entry.present() - old.present());
    }
    void unlink(Mfn table, unsigned at, Entry child)
    {
        set(table, at, child, Entry{});
        memory_.free(child.frame());
        count(tables_ - 1);
    }

    // What edit() does to a page whose table is there and stays; false: it is not that simple.
    // Pages that are granted come one by one.
    bool edit_page(Gfn gfn, Entry entry)
    {
        if (gfn.number >= frames(Level::pml4) << 9)
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
    void replace(Mfn table, unsigned at, Level level, Entry old, Entry entry)
    {
        set(table, at, old, entry);
        if (!old.present() || old == entry)
            return;
        if (old.is_leaf(level))
            memory_.taken_away({old.frame(), frames(level)});
        else
            free_tables(old.frame(), below(level), true);
    }

    // The table below this entry; made if there is none, a large page is split into equal parts
    // first.
    Result<Mfn> descend(Mfn table, unsigned at, Level level, Entry old)
    {
        if (old.present() && (level == Level::pml4 || !old.is_leaf(level)))
            return old.frame();
        const Mfn child = TRY(memory_.allocate());
        count(tables_ + 1);
        if (old.present())
            for (unsigned part = 0; part < 512; ++part)
                set(child, part, Entry{},
                    Entry::leaf(old.frame() + part * frames(below(level)), below(level),
                                old.access(), old.type()));
        set(table, at, old, Entry::table(child));
        return child;
    }

    void free_tables(Mfn table, Level level, bool leaves_count)
    {
        for (unsigned at = 0; at < 512; ++at) {
            const Entry entry = memory_.read(table, at);
            if (!entry.present())
                continue;
            if (level == Level::pml4 || !entry.is_leaf(level))
                free_tables(entry.frame(), below(level), leaves_count);
            else if (leaves_count)
                memory_.taken_away({entry.frame(), frames(level)});
        }
        memory_.free(table);
        count(tables_ - 1);
    }

    Memory memory_;
    Mfn root_;
    std::uint64_t tables_;
};

} // namespace lintel::ept
