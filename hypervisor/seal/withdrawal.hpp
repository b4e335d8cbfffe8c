// SPDX-License-Identifier: Apache-2.0
// Taking table pages back, slowly: they count as no tables any more, so that no new entry can refer to
// them; then every other table is searched for entries that still do; then nobody's caches may know of
// them, which is the caller's to see to; then they are plain. Contract: docs/design/sealed.md#withdrawal.
#pragma once

#include "seal/each_entry.hpp"

namespace lintel::seal {

// One withdrawal at a time. The caller knows that no vCPU uses a root among the pages once this is done;
// none loads one then. Takes the lock.
inline Result<> begin_withdrawal(Tables& tables, GfnRange range)
{
    Guard guard{tables.lock};
    if (range.count == 0 || !tables.record.has(range))
        return Error::bad_address;
    if (tables.record.leaving().count != 0)
        return Error::busy;
    for (Gfn page = range.first; page < range.end(); page = page + 1)
        if (tables.record.kept(page) < FrameKind::donated)
            return Error::bad_address;
    if (range.overlaps({tables.master.page, tables.master.pair ? 2u : 1u}))
        return Error::not_permitted;
    tables.begin_leaving(range);
    return {};
}

// Looks for references from guest-physical address `at` on, which begins as 0 and is where to go on: true
// when there is none, false after `budget` frames and entries. Error::busy: the entry at `at` is one; the
// caller may end the withdrawal, or go on once it is gone. Takes the lock.
template <TableMemory Memory>
Result<bool> search_references(Tables& tables, Memory& memory, std::uint64_t& at, unsigned budget)
{
    const auto refers = [&](std::uint64_t raw, Level level) {
        const TableEntry entry{raw};
        return entry.present() && !entry.is_leaf(level) &&
               tables.record.leaving().contains(entry.frame(level));
    };
    return for_each_entry(tables, memory, at, budget,
                          [&](std::uint64_t raw, Level level, unsigned) -> Result<> {
                              if (refers(raw, level))
                                  return Error::busy;
                              return {};
                          });
}

// `gone`: nothing refers to them, be it in memory or in a processor's caches: they are plain. Otherwise they
// are again what they were. Takes the lock.
inline void end_withdrawal(Tables& tables, bool gone)
{
    Guard guard{tables.lock};
    const GfnRange range = tables.record.leaving();
    assert(range.count != 0);
    tables.record.set_leaving({});
    for (Gfn page = range.first; gone && page < range.end(); page = page + 1)
        tables.record.set(page, FrameKind::plain);
}

} // namespace lintel::seal
