// SPDX-License-Identifier: Apache-2.0
// Judges the tables that a kernel wrote itself, before they are sealed. As each entry is judged alone, the
// seal is no walk: every table of the record is read, in any order and in parts, and what a processor can
// reach from a good root is good. Contract: docs/design/sealed.md#the-seal.
#pragma once

#include "seal/each_entry.hpp"

namespace lintel::seal {

// In parts, as for_each_entry() has them. An entry that may not be there is refused as a command would be.
// Nobody can store to a table of the record any more, and nobody issues commands, from the first call to
// the last. Slot 509 of a root may be empty, or the window's entry with A or without: it becomes
// `window_entry`.
template <TableMemory Memory>
Result<bool> check_tables(Tables& tables, Memory& memory, std::uint64_t window_entry,
                          std::uint64_t& at, unsigned budget)
{
    const auto look = [&](std::uint64_t raw, Level level, unsigned index) -> Result<> {
        if (level != Level::pml4 || index != Tables::window_slot)
            return tables.check(raw, level);
        if (raw != 0 && (raw | TableEntry::accessed_bit) != window_entry)
            return Error::not_permitted;
        __atomic_store_n(&memory.entries(Gfn::of(at))[index], window_entry, __ATOMIC_RELEASE);
        return {};
    };
    return for_each_entry(tables, memory, at, budget, look);
}

} // namespace lintel::seal
