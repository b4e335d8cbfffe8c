// SPDX-License-Identifier: Apache-2.0
// Page tables that commands have reached of late, so that the next one in the same table asks neither the
// record nor the domain's map. Only tables of 4 KiB pages: nearly all commands are for them.
//
// A page stays what it is, and where, until it is withdrawn: whoever begins that forgets all. Takes no lock:
// Tables has one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mm/frame.hpp"

namespace lintel::seal {

class ReachedTables {
public:
    // The entry at guest-physical `address`, or null: the table is not known, or the address is no multiple
    // of 8.
    std::uint64_t* find(std::uint64_t address) const
    {
        const Known& known = known_[slot(address)];
        if (((known.page ^ address) & ~index_bits) != 0)
            return nullptr;
        return known.entries + address % page_size / 8;
    }
    void add(Gfn page, std::uint64_t* entries)
    {
        known_[slot(page.address())] = {page.address(), entries};
    }
    void forget() { known_ = {}; }

private:
    static constexpr std::size_t slots = 32;
    static constexpr std::uint64_t index_bits = page_size - 8;

    struct Known {
        std::uint64_t page = ~0ull; // no multiple of 8: no entry's address
        std::uint64_t* entries = nullptr;
    };
    static std::size_t slot(std::uint64_t address) { return (address >> page_shift) % slots; }

    std::array<Known, slots> known_;
};

} // namespace lintel::seal
