// SPDX-License-Identifier: Apache-2.0
// Points GS at a CPU's own block.
#include "cpu/this_cpu.hpp"

#include "cpu/msr.hpp"

namespace lintel {

void adopt(Cpu& cpu)
{
    cpu.descriptors.load(); // first: loading a segment register would clear the base
    write_msr(Msr::gs_base, reinterpret_cast<std::uint64_t>(&cpu));
}

} // namespace lintel
