// SPDX-License-Identifier: Apache-2.0
// Points GS at a CPU's own block, and lists the blocks.
#include "cpu/this_cpu.hpp"

#include "cpu/msr.hpp"
#include "support/assert.hpp"

namespace lintel {

namespace {
std::array<Cpu*, cpu_limit> running;
unsigned running_count;
} // namespace

void adopt(Cpu& cpu)
{
    cpu.descriptors.load(); // first: loading a segment register would clear the base
    write_msr(Msr::gs_base, reinterpret_cast<std::uint64_t>(&cpu));
}

std::span<Cpu* const> cpus()
{
    return {running.data(), __atomic_load_n(&running_count, __ATOMIC_ACQUIRE)};
}

void announce(Cpu& cpu)
{
    assert(cpu.index == running_count && running_count < cpu_limit);
    running[running_count] = &cpu;
    __atomic_store_n(&running_count, running_count + 1, __ATOMIC_RELEASE);
}

bool is_announced(const Cpu& cpu)
{
    return cpu.index < cpus().size() && cpus()[cpu.index] == &cpu;
}

} // namespace lintel
