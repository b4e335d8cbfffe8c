// SPDX-License-Identifier: Apache-2.0
// The TSC's frequency, measured against the PIT: CPUID's leaves may be wrong (under an emulator
// they are by a factor of 35). Intel 8254 data sheet, "Mode 0: Interrupt on Terminal Count".
#pragma once

#include <cstdint>

#include "cpu/io.hpp"

namespace lintel {

inline constexpr std::uint64_t pit_hz = 1'193'182;

// `read_tsc` and the ports are parameters so that the arithmetic runs on the host as well.
// Returns kHz, or 0 if channel 2 never reaches its terminal count (no PIT).
template <typename Ports = MachinePorts, typename ReadTsc>
std::uint64_t calibrate_tsc_khz(ReadTsc read_tsc)
{
    constexpr std::uint16_t channel2 = 0x42, command = 0x43, gate_port = 0x61;
    constexpr std::uint8_t gate = 1, output = 1u << 5, mode0_binary = 0xb0;
    constexpr std::uint16_t count = 23'864; // 20 ms
    constexpr unsigned give_up_after = 10'000'000;

    Ports::write(gate_port, 0); // gate and speaker off
    Ports::write(command, mode0_binary);
    Ports::write(channel2, count & 0xff);
    Ports::write(channel2, count >> 8);
    Ports::write(gate_port, gate);
    const std::uint64_t begin = read_tsc();
    unsigned reads = 0;
    while ((Ports::read(gate_port) & output) == 0)
        if (++reads == give_up_after)
            return 0;
    const std::uint64_t ticks = read_tsc() - begin;
    Ports::write(gate_port, 0);
    return ticks * pit_hz / count / 1000;
}

} // namespace lintel
