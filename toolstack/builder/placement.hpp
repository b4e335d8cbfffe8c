// SPDX-License-Identifier: Apache-2.0
// Finds room beside a kernel for what the guest is given: the initramfs, the start information.
#pragma once

#include <cstdint>
#include <optional>

#include "support/fixed_vector.hpp"

namespace lintel {

struct GuestRange {
    std::uint64_t begin;
    std::uint64_t bytes;

    constexpr std::uint64_t end() const { return begin + bytes; }
    constexpr bool overlaps(const GuestRange& other) const
    {
        return begin < other.end() && other.begin < end();
    }
};

// The kernel's segments (16 at most), the initramfs. Their ends do not wrap.
using UsedRanges = FixedVector<GuestRange, 17>;

// Page-aligned places for `bytes` (not zero): the highest that ends at or below `limit`, and the
// lowest, without page 0.
std::optional<std::uint64_t> highest_place(const UsedRanges& used, std::uint64_t bytes,
                                           std::uint64_t limit);
std::optional<std::uint64_t> lowest_place(const UsedRanges& used, std::uint64_t bytes,
                                          std::uint64_t limit);

} // namespace lintel
