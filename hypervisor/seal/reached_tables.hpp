// SPDX-License-Identifier: Apache-2.0
// Page tables that commands have reached of late, so that the next one in the same table asks neither the
// record nor the domain's map. Only tables of 4 KiB pages: nearly all commands are for them.
//
// A table keeps its level, and its frame, until it is withdrawn: whoever begins that forgets all. Takes no
// lock: Tables has one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mm/frame.hpp"

namespace lintel::seal {

class ReachedTables {
public:
    class Table {
    public:
        Table() = default;
        Table(Gfn page, std::uint64_t* entries) : page_{page.address()}, entries_{entries} {}

        // Whether the entry at guest-physical `address` is one of its; a multiple of 8, too.
        bool has(std::uint64_t address) const { return ((page_ ^ address) & ~index_bits) == 0; }
        // Of an address that is.
        std::uint64_t& entry(std::uint64_t address) const
        {
            return entries_[(address & index_bits) / sizeof(std::uint64_t)];
        }

    private:
        static constexpr std::uint64_t index_bits = page_size - sizeof(std::uint64_t);

        std::uint64_t page_ = 0;
        std::uint64_t* entries_ = nullptr;
    };

    ReachedTables() { forget(); }

    // Where it would be, or is.
    Table& at(std::uint64_t address) { return tables_[(address >> page_shift) % tables_.size()]; }
    // No address has a place whose table is one of another place.
    void forget()
    {
        tables_ = {};
        tables_[0] = Table{Gfn{1}, nullptr};
    }

private:
    std::array<Table, 32> tables_;
};

} // namespace lintel::seal
