// SPDX-License-Identifier: Apache-2.0
// Where things lie in a guest's physical memory. Nothing here is ABI: a guest reads it from its
// memory map and its information page.
//
//   0            RAM, up to 3 GiB of it
//   0xf0000000   pages shared with the hypervisor (the window's)
//   0xf0200000   device area: directory, device pages, then the console's two rings
//   4 GiB        the rest of the RAM
//   next GiB     the foreign window, where grants of other domains may be mapped
#pragma once

#include <algorithm>
#include <cstdint>

#include "liblintel/control.hpp"

namespace lintel {

struct GuestLayout {
    static constexpr std::uint64_t gib = 1ull << 30;
    static constexpr std::uint64_t most_low_bytes = 3 * gib;
    static constexpr std::uint64_t high_gpa = 4 * gib;
    static constexpr std::uint64_t shared_gpa = 0xf0000000;
    static constexpr std::uint64_t devices_gpa = shared_gpa + LINTEL_SHARED_BYTES;
    static constexpr std::uint32_t device_pages = 16; // the directory included
    static constexpr std::uint32_t console_slot = 1;
    static constexpr std::uint32_t first_disk_slot = 2; // and all behind it
    static constexpr std::uint64_t console_gpa = devices_gpa + device_pages * page_bytes;
    static constexpr std::uint32_t console_pages = 2;
    static constexpr std::uint32_t area_pages = device_pages + console_pages;
    static constexpr std::uint64_t spare_frames = 4096; // of it, for disks that come later

    std::uint64_t memory_bytes;    // whole pages
    std::uint64_t pool_frames = 0; // what backends share with it from the start

    static constexpr std::uint64_t device_gpa(std::uint32_t slot)
    {
        return devices_gpa + slot * page_bytes;
    }
    constexpr std::uint64_t foreign_frames() const
    {
        return spare_frames + (pool_frames + 511) / 512 * 512;
    }
    constexpr std::uint64_t low_bytes() const { return std::min(memory_bytes, most_low_bytes); }
    constexpr std::uint64_t high_bytes() const { return memory_bytes - low_bytes(); }
    constexpr std::uint64_t foreign_gpa() const
    {
        return (high_gpa + high_bytes() + gib - 1) / gib * gib;
    }
    constexpr std::uint64_t frames() const { return memory_bytes / page_bytes + area_pages; }
};

static_assert(GuestLayout::most_low_bytes <= GuestLayout::shared_gpa);
static_assert(GuestLayout::console_gpa + GuestLayout::console_pages * page_bytes <=
              GuestLayout::high_gpa);

} // namespace lintel
