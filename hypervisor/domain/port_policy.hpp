// SPDX-License-Identifier: Apache-2.0
// Which I/O ports a domain reaches. dom0 has every port but those of devices the hypervisor owns.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace lintel {

struct PortRange {
    std::uint16_t first, last;
};

inline constexpr std::array hypervisor_ports{
    PortRange{0x20, 0x21},   // 8259, first
    PortRange{0x40, 0x43},   // 8254 timer
    PortRange{0x61, 0x61},   // the timer's gate
    PortRange{0xa0, 0xa1},   // 8259, second
    PortRange{0xe9, 0xe9},   // the emulator's debug output
    PortRange{0x3f8, 0x3ff}, // COM1
    PortRange{0x4d0, 0x4d1}, // 8259 edge/level
};

// Fills the two 4 KiB bitmaps, one after the other: a set bit exits.
// Intel SDM Vol. 3, "I/O-Bitmap Addresses".
constexpr void fill_port_bitmaps(std::span<std::uint8_t, 8192> bitmaps, bool pass_through)
{
    for (std::uint8_t& byte : bitmaps)
        byte = pass_through ? 0 : 0xff;
    for (const PortRange range : hypervisor_ports)
        for (std::uint32_t port = range.first; port <= range.last; ++port)
            bitmaps[port / 8] |= static_cast<std::uint8_t>(1u << port % 8);
}

} // namespace lintel
