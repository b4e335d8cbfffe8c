// SPDX-License-Identifier: Apache-2.0
// Whether one entry may stand in a table of a sealed domain. Each entry is judged by itself and by the
// record, never by what lies above or below it: so no order of commands, no alias of a table and no
// second parent makes two good entries a bad translation. Contract and reasons: docs/design/sealed.md.
#pragma once

#include "seal/frame_record.hpp"
#include "seal/page_rights.hpp"
#include "seal/table_entry.hpp"

namespace lintel::seal {

// The processor never stores into a table: it would have no right to.
constexpr bool needs_no_store(TableEntry entry, Level at)
{
    return !entry.present() ||
           (entry.accessed() && (!entry.is_leaf(at) || !entry.writable() || entry.dirty()));
}

// A present entry that refers to a table. Has to let users through: the leaf alone decides. With the bit
// clear a user's executable page would be one of the supervisor's, as SMEP goes by all levels.
inline Result<> check_table_entry(TableEntry entry, Level at, const FrameRecord& record)
{
    if (!entry.user())
        return Error::bad_argument;
    if (record.at(entry.frame(at)) != table_of(below(at)))
        return Error::bad_address;
    return {};
}

inline Result<> check_leaf(TableEntry entry, Level at, const FrameRecord& record)
{
    if (!permits(TRY(record.content(entry.frame(at), at)), entry))
        return Error::not_permitted;
    return {};
}

// An entry to be stored in a table of level `at`, which is not slot 509 of a root. bad_argument: the
// entry is malformed; bad_address: it leads out of the domain's space, or to no table of the level below;
// not_permitted: it would break the policy.
inline Result<> check_entry(TableEntry entry, Level at, const FrameRecord& record, Paging paging)
{
    if (!entry.present()) {
        // Where no leaf can be, a kernel keeps no notes of absent pages either.
        const bool holds_leaves = at < Level::pdpt || (at == Level::pdpt && paging.gigabyte_leaves);
        if (!holds_leaves && entry.raw() != 0)
            return Error::bad_argument;
        return {};
    }
    if (entry.has_reserved(at, paging) || !needs_no_store(entry, at))
        return Error::bad_argument;
    return entry.is_leaf(at) ? check_leaf(entry, at, record) : check_table_entry(entry, at, record);
}

// Whether check_entry() lets the entry into a table of 4 KiB pages, in few steps and for most that it does:
// absent ones, and pages of RAM, whose addresses have no reserved bit set.
[[gnu::always_inline]] inline bool is_good_page(TableEntry entry, const FrameRecord& record)
{
    const Gfn frame = entry.frame(Level::pt);
    return !entry.present() || (record.is_ram(frame) && needs_no_store(entry, Level::pt) &&
                                permits_page(record.kept(frame), entry));
}

// The same, for an entry that was good until it was given the right to write, if any: in fewer steps still.
[[gnu::always_inline]] inline bool is_good_written_page(TableEntry entry, const FrameRecord& record)
{
    const Gfn frame = entry.frame(Level::pt);
    return entry.present() && entry.dirty() && record.is_ram(frame) &&
           record.kept(frame) == FrameKind::plain;
}

} // namespace lintel::seal
