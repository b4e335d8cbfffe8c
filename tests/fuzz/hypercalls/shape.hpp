// SPDX-License-Identifier: Apache-2.0
// The fuzzed domains in numbers: small, so that every limit is soon reached.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace lintel::fuzz {

inline constexpr std::uint32_t domain_vcpus = 3;
inline constexpr std::uint32_t domain_ports = 12; // port 0 included
inline constexpr unsigned domain_physical_bits = 39;

// The two domains. The first is dom0 in some runs and has the second number in others.
inline constexpr std::uint16_t domain_number = 130, neighbour_number = 1;

// RAM: these frames and nothing else. Some lie around a border of 2 MiB; what wraps from the last
// possible one to the first would find RAM on both sides.
inline constexpr std::array<std::uint64_t, 7> ram_frames{
    0, 0x100, 0x101, 0x1ff, 0x200, 0x202, 0xf'ffff'ffff'ffff};

// Frames are given to the domains in turn, in the order of the list above; no two have one in
// common.
inline constexpr std::uint64_t frames_of_side = 16;

inline constexpr std::uint32_t domain_refs = 4, domain_handles = 5;
inline constexpr std::uint64_t window_first = 0x300, window_pages = 3; // not dom0's

inline constexpr unsigned domain_gsis = 8;
inline constexpr unsigned kept_gsi = 4; // the hypervisor's own
inline constexpr std::uint8_t first_vector = 0x30;
inline constexpr unsigned device_vectors = 5; // fewer than lines, so that they run out first
inline constexpr std::uint64_t message_address = 0xfee0'1000;

inline constexpr std::uint64_t populate_most = 512; // frames of one call

// The hypervisor's log: more than it keeps.
inline constexpr std::size_t log_bytes = 256;
inline std::string log_text()
{
    return "(lintel) [    0.000000] info: " + std::string(290, 'x') + "\n";
}

} // namespace lintel::fuzz
