// SPDX-License-Identifier: Apache-2.0
// How long a vCPU has had a processor, in ticks of the TSC: in one word, so that others can read it at
// any time. Written by the vCPU's own CPU.
#pragma once

#include <cstdint>

namespace lintel {

class CpuTime {
public:
    void begin(std::uint64_t now) { store(total_or_offset() - now, running); }
    void end(std::uint64_t now) { store(total_or_offset() + now, 0); }
    // Up to now, if it runs.
    std::uint64_t ticks(std::uint64_t now) const
    {
        const std::uint64_t word = __atomic_load_n(&word_, __ATOMIC_RELAXED);
        const std::uint64_t value = word >> 1;
        return ((word & running) != 0 ? value + now : value) & mask;
    }

private:
    // Bits 63:1 are the total, or while it runs the total minus when it began: 63 bits hold what the
    // TSC counts in a century.
    static constexpr std::uint64_t running = 1, mask = ~0ull >> 1;

    std::uint64_t total_or_offset() const { return word_ >> 1; }
    void store(std::uint64_t value, std::uint64_t flag)
    {
        __atomic_store_n(&word_, value << 1 | flag, __ATOMIC_RELAXED);
    }
    std::uint64_t word_ = 0;
};

} // namespace lintel
