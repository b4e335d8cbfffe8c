// SPDX-License-Identifier: Apache-2.0
// A tree of EPT paging structures: its pages, what links them, how many entries of each are
// present. What the entries say is mm/ept.hpp's business.
//
// `Memory` allocates and reaches table pages: mm/machine_memory.hpp on the machine, a recording
// fake in tests.
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
    memory.free(table);            // no longer linked, but processors may have cached the way to it
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
    memory.write(table, index, entry);     // one 8-byte atomic store
};

// How many gfns the four levels translate.
inline constexpr std::uint64_t gfn_limit = frames(Level::pml4) << 9;

constexpr unsigned index(Gfn gfn, Level level)
{
    return gfn.number >> order(level) & 511;
}

template <TableMemory Memory>
class Tables {
public:
    Tables(Memory&& memory, Mfn root) : memory_{std::move(memory)}, root_{root}, tables_{1} {}
    Tables(Tables&& other) noexcept
        : memory_{std::move(other.memory_)},
          root_{std::exchange(other.root_, {})},
          tables_{std::exchange(other.tables_, 0)}
    {
    }
    Tables& operator=(Tables&&) = delete;
    ~Tables()
    {
        if (root_ != Mfn{})
            free_from(root_, Level::pml4, false); // whoever ends a map has seen to its frames
    }

    Mfn root() const { return root_; }
    Memory& memory() { return memory_; }
    // Frames that the paging structures take, the root included. Edits are serialised; whoever asks
    // for the number is not.
    std::uint64_t tables() const { return __atomic_load_n(&tables_, __ATOMIC_RELAXED); }

protected:
    struct Found {
        Entry entry; // a leaf, or absent
        Level level; // of the table that it is in
    };
    // Where the walk for `gfn` ends.
    Found find(Gfn gfn)
    {
        if (gfn.number >= gfn_limit) // the indices below would wrap
            return {{}, Level::pml4};
        Mfn table = root_;
        for (Level level = Level::pml4;; level = below(level)) {
            const Entry entry = memory_.read(table, index(gfn, level));
            if (!entry.present() || (level != Level::pml4 && entry.is_leaf(level)))
                return {entry, level};
            table = entry.frame();
        }
    }

    void set(Mfn table, unsigned at, Entry old, Entry entry)
    {
        memory_.write(table, at, entry);
        std::uint16_t& entries = memory_.entries(table);
        entries = static_cast<std::uint16_t>(entries + entry.present() - old.present());
    }
    // Likewise, and what the old one led to goes.
    void replace(Mfn table, unsigned at, Level level, Entry old, Entry entry)
    {
        set(table, at, old, entry);
        if (!old.present() || old == entry)
            return;
        if (old.is_leaf(level))
            memory_.taken_away({old.frame(), frames(level)});
        else
            free_from(old.frame(), below(level), true);
    }
    void unlink(Mfn table, unsigned at, Entry child)
    {
        set(table, at, child, Entry{});
        memory_.free(child.frame());
        count(tables_ - 1);
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

    Memory memory_;
    Mfn root_;

private:
    void count(std::uint64_t tables) { __atomic_store_n(&tables_, tables, __ATOMIC_RELAXED); }

    void free_from(Mfn table, Level level, bool leaves_count)
    {
        for (unsigned at = 0; at < 512; ++at) {
            const Entry entry = memory_.read(table, at);
            if (!entry.present())
                continue;
            if (level == Level::pml4 || !entry.is_leaf(level))
                free_from(entry.frame(), below(level), leaves_count);
            else if (leaves_count)
                memory_.taken_away({entry.frame(), frames(level)});
        }
        memory_.free(table);
        count(tables_ - 1);
    }

    std::uint64_t tables_;
};

} // namespace lintel::ept
