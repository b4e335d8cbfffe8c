// SPDX-License-Identifier: Apache-2.0
// Judges the tables that a kernel wrote itself, before they are sealed. As each entry is judged alone, the
// seal is no walk: every table of the record is read from front to back, in any order and in parts, and
// what a processor can reach from a good root is good. Contract: docs/design/sealed.md#the-seal.
#pragma once

#include "seal/commands.hpp"

namespace lintel::seal {

// Looks at entries from guest-physical address `at` on, which begins as 0 and is where to go on: true when
// none is left, false after `budget` frames and entries. An entry that may not be there is refused as a
// command would be, and `at` is its address. Nobody can store to a table of the record any more, and
// nobody issues commands, from the first call to the last. Takes the lock.
template <TableMemory Memory>
Result<bool> check_tables(Tables& tables, Memory& memory, std::uint64_t window_entry,
                          std::uint64_t& at, unsigned budget)
{
    Guard guard{tables.lock};
    for (; at < tables.record.ram().end().address(); --budget) {
        if (budget == 0)
            return false;
        const Gfn page = Gfn::of(at);
        const FrameKind kind = tables.record.at(page);
        if (!is_table(kind)) {
            at = (page + 1).address();
            continue;
        }
        const auto index = static_cast<unsigned>(at % page_size / 8);
        const std::uint64_t raw = __atomic_load_n(&memory.entries(page)[index], __ATOMIC_RELAXED);
        if (kind == FrameKind::root && index == Tables::window_slot) {
            if (raw != window_entry)
                return Error::not_permitted;
        } else {
            TRY(tables.check(raw, level_of(kind)));
        }
        at += 8;
    }
    return true;
}

} // namespace lintel::seal
