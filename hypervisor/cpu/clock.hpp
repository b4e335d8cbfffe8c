// SPDX-License-Identifier: Apache-2.0
// System time: nanoseconds since the hypervisor started, from the TSC. The conversion is the one
// that guests use (pvabi/include/lintel/time.h), so that both sides compute the same number.
#pragma once

#include <cstdint>

#include "cpu/registers.hpp"

namespace lintel {

// (ticks << shift) * mul >> 32; a negative shift shifts right.
struct TickScale {
    std::uint32_t mul = 0;
    std::int8_t shift = 0;

    // The scale from ticks of `from_hz` to ticks of `to_hz` with the most precise multiplier.
    static constexpr TickScale between(std::uint64_t from_hz, std::uint64_t to_hz)
    {
        TickScale scale;
        while (from_hz > to_hz * 2 || from_hz >> 32 != 0) {
            from_hz >>= 1;
            --scale.shift;
        }
        while (from_hz <= to_hz) {
            if (to_hz >> 31 != 0)
                to_hz >>= 1;
            else
                from_hz <<= 1;
            ++scale.shift;
        }
        scale.mul = static_cast<std::uint32_t>((to_hz << 32) / from_hz);
        return scale;
    }
    constexpr std::uint64_t apply(std::uint64_t ticks) const
    {
        ticks = shift < 0 ? ticks >> -shift : ticks << shift;
        return static_cast<std::uint64_t>(static_cast<unsigned __int128>(ticks) * mul >> 32);
    }
};

// The calibrated clock of the machine.
struct Clock {
    std::uint64_t start_tsc = 0;
    std::uint64_t khz = 0;
    std::uint64_t wall_clock_ns = 0; // UTC at system time 0
    TickScale to_ns, to_tsc;

    void set_frequency(std::uint64_t tsc_khz)
    {
        khz = tsc_khz;
        to_ns = TickScale::between(tsc_khz * 1000, 1'000'000'000);
        to_tsc = TickScale::between(1'000'000'000, tsc_khz * 1000);
    }
    std::uint64_t ns_at(std::uint64_t tsc) const { return to_ns.apply(tsc - start_tsc); }
    // The TSC value at which the system time is at least `ns`, so that no timer is early. Deadlines
    // beyond the tenth year are ten years, which keeps all products within 64 bits.
    std::uint64_t tsc_at(std::uint64_t ns) const
    {
        constexpr std::uint64_t most = 10 * 366ull * 24 * 3600 * 1'000'000'000;
        const std::uint64_t wanted = ns < most ? ns : most;
        std::uint64_t ticks = to_tsc.apply(wanted) + 1;
        // Both scales round down, by up to 2^-31 of the time: a millisecond after a month. What is
        // missing is added until nothing is, which takes two rounds.
        for (std::uint64_t reached; (reached = to_ns.apply(ticks)) < wanted;)
            ticks += to_tsc.apply(wanted - reached) + 1;
        return start_tsc + ticks;
    }
};

Clock& machine_clock();

inline std::uint64_t system_time_ns()
{
    return machine_clock().ns_at(read_tsc());
}

} // namespace lintel
