// SPDX-License-Identifier: Apache-2.0
// Accesses that may fault: the fault ends the access instead of the process, and tells what it was.
#pragma once

#include <csetjmp>
#include <cstdint>
#include <optional>

namespace vmrandom {

struct Fault {
    int signal;
    int code;               // si_code
    std::uintptr_t address; // si_addr
    std::uint64_t error;    // of the page fault: Intel SDM Vol. 3, "Interrupt 14"
    std::uintptr_t at;      // instruction pointer
    static constexpr std::uint64_t write = 1 << 1;
    static constexpr std::uint64_t fetch = 1 << 4;
};

// Of a thread. A fault while it is not armed ends the process as ever.
struct Trap {
    sigjmp_buf back;
    volatile bool armed = false;
    Fault fault{};
};

extern thread_local Trap trap;

void catch_faults(); // once, for all threads

// Runs `access`, which may be left in the middle: it must own nothing.
template <typename Access>
[[gnu::noinline]] std::optional<Fault> attempt(const Access& access)
{
    if (sigsetjmp(trap.back, 0) != 0)
        return trap.fault;
    trap.armed = true;
    access();
    trap.armed = false;
    return {};
}

} // namespace vmrandom
