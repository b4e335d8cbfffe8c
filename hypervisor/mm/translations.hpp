// SPDX-License-Identifier: Apache-2.0
// Which CPUs may still use cached translations of a domain's map that an edit has made stale.
//
// Each edit that takes something away advances the epoch. A CPU that runs the domain compares epochs
// before every VM entry and invalidates when it is behind; so whoever edits only has to make the
// others leave the guest, and to wait until none of them is behind. A CPU that does not run the
// domain keeps stale translations without using them, and catches up when it runs it again.
//
// This also covers the hypervisor's own look-ups on behalf of the domain's vCPUs: a table or frame
// that was found there cannot go away before that CPU's next VM entry.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/registers.hpp"
#include "cpu/this_cpu.hpp"

namespace lintel {

class Translations {
public:
    using Epoch = std::uint64_t;

    // The CPU is about to run, or runs no more, vCPUs of the domain. Setting the bit and reading the
    // epoch are ordered against advance() and none_behind(): one of the two sees the other.
    void begin(unsigned cpu) { __atomic_fetch_or(&active_, 1ull << cpu, __ATOMIC_SEQ_CST); }
    void end(unsigned cpu) { __atomic_fetch_and(&active_, ~(1ull << cpu), __ATOMIC_SEQ_CST); }

    Epoch now() const { return __atomic_load_n(&epoch_, __ATOMIC_SEQ_CST); }
    bool is_behind(unsigned cpu) const { return flushed(cpu) != now(); }
    // The CPU has invalidated everything since it read `epoch` from now().
    void note_flush(unsigned cpu, Epoch epoch)
    {
        __atomic_store_n(&flushed_[cpu], epoch, __ATOMIC_RELEASE);
    }

    // After the edit: everything older than the result is stale.
    Epoch advance() { return __atomic_add_fetch(&epoch_, 1, __ATOMIC_SEQ_CST); }
    // The CPUs that run the domain and have not caught up with `epoch`, as a bit mask.
    std::uint64_t behind(Epoch epoch) const
    {
        std::uint64_t result = 0;
        const std::uint64_t active = __atomic_load_n(&active_, __ATOMIC_SEQ_CST);
        for (unsigned cpu = 0; cpu < cpu_limit; ++cpu)
            if ((active >> cpu & 1) != 0 && flushed(cpu) < epoch)
                result |= 1ull << cpu;
        return result;
    }

private:
    Epoch flushed(unsigned cpu) const
    {
        return __atomic_load_n(&flushed_[cpu], __ATOMIC_ACQUIRE);
    }
    Epoch epoch_ = 1;
    std::uint64_t active_ = 0;
    // Each written by its CPU, when it flushes. Zero is behind from the start: what an earlier map left
    // is unknown.
    std::array<Epoch, cpu_limit> flushed_{};
};
static_assert(cpu_limit <= 64);

// After an edit and its advance(): waits until no CPU is behind. `catch_up` brings the calling CPU up to
// date with whatever it runs itself, also if that is another domain than the edited one: it may be what
// another CPU waits for, in here like this one.
template <typename CatchUp>
void wait_for_translations(const Translations& edited, Translations::Epoch epoch, CatchUp catch_up)
{
    for (catch_up(); edited.behind(epoch) != 0; catch_up())
        pause();
}

} // namespace lintel
