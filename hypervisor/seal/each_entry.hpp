// SPDX-License-Identifier: Apache-2.0
// Every entry of every table of the record, from front to back and in parts.
#pragma once

#include "seal/commands.hpp"

namespace lintel::seal {

// Calls `look(raw, level, index)` for entries from guest-physical address `at` on, which begins as 0 and
// is where to go on. True when none is left, false after `budget` frames and entries; when `look` refuses
// one, `at` is its address. Takes the lock.
template <TableMemory Memory, typename Look>
Result<bool> for_each_entry(Tables& tables, Memory& memory, std::uint64_t& at, unsigned budget,
                            Look look)
{
    Guard guard{tables.lock};
    for (; at < tables.record.ram().end().address(); --budget) {
        if (budget == 0)
            return false;
        const Gfn page = Gfn::of(at);
        const FrameKind kind = tables.record.at(page);
        if (!is_table(kind)) {
            at = tables.record.behind(page).address();
            continue;
        }
        const auto index = static_cast<unsigned>(at % page_size / 8);
        const std::uint64_t raw = __atomic_load_n(&memory.entries(page)[index], __ATOMIC_RELAXED);
        TRY(look(raw, level_of(kind), index));
        at += 8;
    }
    return true;
}

} // namespace lintel::seal
