// SPDX-License-Identifier: Apache-2.0
// Memory for EPT paging structures in tests. It stands for what a processor sees: after every
// single store a check of the test's own can walk the tables. Using a page that is not allocated
// fails the test.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "mm/ept.hpp"

namespace lintel {

struct FakeTables {
    ept::Level largest_leaf = ept::Level::pdpt;
    std::size_t allocations_left = std::numeric_limits<std::size_t>::max();
    std::function<void()> after_store = [] {};
    std::uint64_t stores = 0;
    std::vector<MfnRange> taken_away; // what leaves mapped that changed
    std::uint64_t next_frame = 0x100;
    std::map<std::uint64_t, std::array<ept::Entry, 512>> live; // by frame number
    std::map<std::uint64_t, std::uint16_t> entries;            // likewise

    // The translation of `gfn` as a processor makes it.
    ept::Mapping walk(Mfn root, Gfn gfn) const
    {
        Mfn table = root;
        for (unsigned shift = 27;; shift -= 9) {
            const auto level = static_cast<ept::Level>(shift / 9);
            const ept::Entry entry = live.at(table.number)[gfn.number >> shift & 511];
            if (!entry.present())
                return {};
            if (shift != 27 && entry.is_leaf(level))
                return {{entry.frame().number + (gfn.number & ((1ull << shift) - 1))},
                        entry.access(),
                        entry.type(),
                        level};
            table = entry.frame();
        }
    }
};

// What ept::Map owns; all copies reach the same tables.
class FakeEptMemory {
public:
    explicit FakeEptMemory(FakeTables& tables) : tables_{&tables} {}

    ept::Level largest_leaf() const { return tables_->largest_leaf; }
    Result<Mfn> allocate()
    {
        if (tables_->allocations_left == 0)
            return Error::no_memory;
        --tables_->allocations_left;
        tables_->live.emplace(tables_->next_frame, std::array<ept::Entry, 512>{});
        return Mfn{tables_->next_frame++};
    }
    void free(Mfn table)
    {
        EXPECT_EQ(tables_->live.erase(table.number), 1u) << "frame " << table.number;
        tables_->entries.erase(table.number);
    }
    void taken_away(MfnRange range) { tables_->taken_away.push_back(range); }
    std::uint16_t& entries(Mfn table) { return tables_->entries[table.number]; }
    ept::Entry read(Mfn table, unsigned index) const
    {
        return tables_->live.at(table.number).at(index);
    }
    void write(Mfn table, unsigned index, ept::Entry entry)
    {
        tables_->live.at(table.number).at(index) = entry;
        ++tables_->stores;
        tables_->after_store();
    }

private:
    FakeTables* tables_;
};
using FakeMap = ept::Map<FakeEptMemory>;

inline bool same_translation(const ept::Mapping& a, const ept::Mapping& b)
{
    return a.access == b.access &&
           (a.access == ept::Access::none || (a.frame == b.frame && a.type == b.type));
}

} // namespace lintel
