// SPDX-License-Identifier: Apache-2.0
// Grace periods: after one that began when an object could not be found any more, nobody uses what he
// found before, as long as every CPU keeps such finds no longer than until it is quiet.
//
// A CPU is quiet when it takes an interrupt: root mode does so between two pieces of work only. So
// waiting costs an interrupt on each CPU, and finding nothing at all.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/this_cpu.hpp"

namespace lintel {

class Quiescence {
public:
    // The CPU holds nothing that it found. Ordered against what it finds next, by the full barrier
    // that an atomic exchange is.
    void note_quiet(unsigned cpu) { __atomic_add_fetch(&times_[cpu], 1, __ATOMIC_SEQ_CST); }

    using Times = std::array<std::uint64_t, cpu_limit>;
    // After the object was hidden: the beginning of a grace period.
    Times now() const
    {
        Times times{};
        for (unsigned cpu = 0; cpu < cpu_limit; ++cpu)
            times[cpu] = __atomic_load_n(&times_[cpu], __ATOMIC_SEQ_CST);
        return times;
    }
    // Whether the CPU has not been quiet since.
    bool pending(const Times& since, unsigned cpu) const
    {
        return __atomic_load_n(&times_[cpu], __ATOMIC_SEQ_CST) == since[cpu];
    }

private:
    Times times_{};
};

} // namespace lintel
