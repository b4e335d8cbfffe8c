// SPDX-License-Identifier: Apache-2.0
// Check mode: tables are judged again as they stand, so that an entry is found that nobody was seen to
// store. After a command the tables that it named, and one more, in turn: all of them are looked at again and
// again, and no call takes long. Contract: docs/design/sealed.md#stores.
#pragma once

#include <optional>

#include "seal/commands.hpp"

namespace lintel::seal {

class Rewalk {
public:
    // Tables of those named, and frames among which the one in turn is sought.
    static constexpr unsigned named_at_once = 4, frames_at_once = 512;

    // Entries that may not stand where they do.
    struct Findings {
        unsigned count = 0;
        std::uint64_t address = 0, raw = 0; // of the last: guest-physical, and what stands there
    };

    // `named(i)`, for i below `count`, is the address of an entry, or anything: what lies in no table is
    // passed over. `window_entry` is slot 509 of each root. Takes the lock.
    template <TableMemory Memory, typename Named>
    Findings look(Tables& tables, Memory& memory, std::uint64_t window_entry, Named named, unsigned count)
    {
        const Guard guard{tables.lock};
        Findings found;
        if (tables.record.travels()) // what is in the way of that may stand there until it is found
            return found;
        std::optional<Gfn> last;
        for (unsigned i = 0, left = named_at_once; i < count && left != 0; ++i) {
            const Gfn page = Gfn::of(named(i));
            if (last == page || !is_table(tables.record.at(page)))
                continue;
            judge(tables, page, memory.entries(page), window_entry, found);
            last = page;
            --left;
        }
        if (const auto page = in_turn(tables.record))
            judge(tables, *page, memory.entries(*page), window_entry, found);
        return found;
    }

private:
    [[gnu::cold]] static void judge(const Tables& tables, Gfn page, const std::uint64_t* entries,
                                    std::uint64_t window_entry, Findings& found)
    {
        const Level level = level_of(tables.record.at(page));
        for (unsigned i = 0; i < table_entries; ++i) {
            const std::uint64_t raw = __atomic_load_n(&entries[i], __ATOMIC_RELAXED);
            const bool is_window = level == Level::pml4 && i == Tables::window_slot;
            if (is_window ? raw == window_entry : tables.check(raw, level).ok())
                continue;
            found = {found.count + 1, page.address() + 8 * i, raw};
        }
    }

    // The next table of the record, if it is not far.
    std::optional<Gfn> in_turn(const FrameRecord& record)
    {
        for (unsigned left = frames_at_once; left != 0; --left) {
            const Gfn page = at_ < record.ram().end() ? at_ : Gfn{};
            const bool is_one = is_table(record.at(page));
            at_ = is_one ? page + 1 : record.behind(page);
            if (is_one)
                return page;
        }
        return {};
    }

    Gfn at_; // where it goes on; guarded by the tables' lock
};

} // namespace lintel::seal
