// SPDX-License-Identifier: Apache-2.0
// What one physical CPU keeps for itself, reached through GS, which root mode reserves for it; and
// the list of those that run.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "cpu/descriptors.hpp"

namespace lintel {

struct Vcpu;

inline constexpr unsigned cpu_limit = 64;

struct alignas(64) Cpu {
    Cpu* self = this; // must stay first: GS:0
    unsigned index = 0;
    std::uint32_t apic_id = 0;
    Vcpu* current = nullptr;  // whom this CPU serves; null while it idles
    // Something may be to do before the next VM entry: an interrupt came in root mode, or this CPU
    // woke a vCPU of its own. Other CPUs tell by an interrupt.
    bool look_again = false;
    std::uint64_t nmis = 0;   // in root mode or on behalf of a guest; told at the machine's end
    std::uint64_t noise = 0;  // interrupts that nobody expects; likewise
    std::uint64_t stack_begin = 0, stack_end = 0;
    std::uint64_t start_tsc = 0; // its clock when the starter asked, to compare with the starter's
    Descriptors descriptors;
};

inline Cpu& this_cpu()
{
    Cpu* self;
    asm("mov %%gs:0, %0" : "=r"(self));
    return *self;
}

inline void look_again()
{
    __atomic_store_n(&this_cpu().look_again, true, __ATOMIC_RELAXED);
}

// Makes `cpu` the calling processor's block.
void adopt(Cpu& cpu);

// CPUs that run, by index; the boot CPU is 0. Grows during start-up only.
std::span<Cpu* const> cpus();
void announce(Cpu& cpu);
// Whether it runs: not one that is starting still, or was left out.
bool is_announced(const Cpu& cpu);

} // namespace lintel
