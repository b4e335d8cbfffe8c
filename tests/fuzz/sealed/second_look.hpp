// SPDX-License-Identifier: Apache-2.0
// What check mode finds where only commands have changed tables: leaves that show to users what was plain
// when they were made and has been donated since. Nothing else, whatever the commands were.
#pragma once

#include "fuzz/require.hpp"
#include "fuzz/sealed/layout.hpp"
#include "seal/rewalk.hpp"

namespace lintel::fuzz::sealed {

template <typename Memory>
class SecondLook {
public:
    SecondLook(seal::Tables& tables, Memory& memory) : tables_{tables}, memory_{memory} {}

    void go()
    {
        if (tables_.record.leaving().count != 0)
            return;
        for (Gfn page = pages.first; page < pages.end(); page = page + 1) {
            if (!is_table(tables_.record.at(page)))
                continue;
            seal::Rewalk fresh; // the first root is in its turn
            const auto found = fresh.look(tables_, memory_, window_entry,
                                          [&](unsigned) { return page.address(); }, 1);
            REQUIRE(found.count == become_wrong(page) + become_wrong(pages.first));
        }
    }

private:
    unsigned become_wrong(Gfn page)
    {
        const auto levels = static_cast<unsigned>(level_of(tables_.record.at(page)));
        unsigned count = 0;
        for (unsigned i = 0; i < seal::table_entries; ++i)
            count += is_wrong(memory_.entries(page)[i], levels) ? 1 : 0;
        return count;
    }
    // In a table of so many levels above the lowest.
    bool is_wrong(std::uint64_t raw, unsigned levels) const
    {
        const bool is_leaf = levels == 0 || (levels < 3 && (raw & 0x80) != 0);
        if ((raw & 1) == 0 || (raw & 4) == 0 || !is_leaf)
            return false;
        const std::uint64_t count = 1ull << 9 * levels, first = (raw >> 12 & 0xff'ffff'ffff) & ~(count - 1);
        for (std::uint64_t frame = first; frame < first + count && frame < ram_frames; ++frame)
            if (tables_.record.at({frame}) != FrameKind::plain)
                return true;
        return false;
    }

    seal::Tables& tables_;
    Memory& memory_;
};

} // namespace lintel::fuzz::sealed
