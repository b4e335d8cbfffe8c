// SPDX-License-Identifier: Apache-2.0
// One entry of a guest's page tables, as a value. Layout: Intel SDM Vol. 3, "4-Level Paging and 5-Level
// Paging", tables "Format of a ... Entry". No memory access.
#pragma once

#include <cstdint>

#include "seal/frame_kind.hpp"

namespace lintel::seal {

// What the processor that the domain runs on makes of an entry.
struct Paging {
    unsigned physical_bits = 0; // width of a guest-physical address, at most 52
    bool gigabyte_leaves = false;
};

class TableEntry {
public:
    static constexpr std::uint64_t present_bit = 1ull << 0, writable_bit = 1ull << 1,
                                   user_bit = 1ull << 2, accessed_bit = 1ull << 5,
                                   dirty_bit = 1ull << 6, large_bit = 1ull << 7,
                                   no_execute_bit = 1ull << 63;
    // Of a page of 4 KiB what no rule is about: caching, global, protection keys, what processors ignore.
    static constexpr std::uint64_t no_matter_bits = 0x7ff0'0000'0000'0f98;
    static constexpr std::uint64_t address_mask = 0x000f'ffff'ffff'f000; // bits 51:12
    static constexpr std::uint64_t large_pat_bit = 1ull << 12; // where the address is aligned to 2 MiB

    constexpr explicit TableEntry(std::uint64_t raw) : raw_{raw} {}

    constexpr std::uint64_t raw() const { return raw_; }
    constexpr bool present() const { return has(present_bit); }
    constexpr bool writable() const { return has(writable_bit); }
    constexpr bool user() const { return has(user_bit); }
    constexpr bool accessed() const { return has(accessed_bit); }
    constexpr bool dirty() const { return has(dirty_bit); }
    constexpr bool executable() const { return !has(no_execute_bit); }
    // Of a present one in a table of this level. In a root the bit is reserved instead.
    constexpr bool is_leaf(Level at) const
    {
        return at == Level::pt || (at != Level::pml4 && has(large_bit));
    }
    // Of the page or table that a present one refers to. Of a large leaf: without its PAT bit.
    constexpr Gfn frame(Level at) const
    {
        const bool large = at != Level::pt && is_leaf(at);
        return Gfn::of(raw_ & address_mask & ~(large ? large_pat_bit : 0));
    }
    // Whether a present one has a bit set that makes the processor raise a fault for it.
    constexpr bool has_reserved(Level at, Paging paging) const
    {
        std::uint64_t reserved = address_mask & ~((1ull << paging.physical_bits) - 1);
        if (at == Level::pml4 || (at == Level::pdpt && !paging.gigabyte_leaves))
            reserved |= large_bit;
        else if (at != Level::pt && is_leaf(at))
            reserved |= ((frames(at) << page_shift) - page_size) & ~large_pat_bit;
        return has(reserved);
    }

private:
    constexpr bool has(std::uint64_t bits) const { return (raw_ & bits) != 0; }
    std::uint64_t raw_;
};

} // namespace lintel::seal
