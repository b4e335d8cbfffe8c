// SPDX-License-Identifier: Apache-2.0
// What lies in memory, told by one number for each 512 bytes: a stamp. Stamp 0 is zeros; any other
// begins with a function that returns the stamp, so that fetching instructions can be checked too,
// and goes on with words that differ from each other and from those of other stamps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "random.hpp"

namespace vmrandom {

inline constexpr std::size_t page_bytes = 4096;
inline constexpr std::uint32_t huge_pages = 512; // pages of 4 KiB in one of 2 MiB
inline constexpr unsigned sectors = 8;           // of a page
inline constexpr std::size_t sector_bytes = page_bytes / sectors;
inline constexpr unsigned sector_words = sector_bytes / 8;

using Stamp = std::uint32_t;
using Stamps = std::array<Stamp, sectors>;
using Sector = std::array<std::uint64_t, sector_words>;

// mov $stamp, %eax; ret; int3; int3
constexpr std::uint64_t code(Stamp stamp)
{
    return 0xcccc'c300'0000'00b8 | std::uint64_t{stamp} << 8;
}

// All but the lowest byte is the same in all words: swap that compresses has something to do.
constexpr Sector contents(Stamp stamp)
{
    Sector sector{};
    if (stamp == 0)
        return sector;
    const std::uint64_t mixed = mix(stamp) << 8;
    for (unsigned word = 0; word < sector_words; word++)
        sector[word] = mixed | word;
    sector[0] = code(stamp);
    return sector;
}

} // namespace vmrandom
