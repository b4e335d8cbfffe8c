// SPDX-License-Identifier: Apache-2.0
// What one physical CPU keeps for itself, reached through GS, which root mode reserves for it.
#pragma once

#include <cstdint>

#include "cpu/descriptors.hpp"

namespace lintel {

struct Vcpu;

struct Cpu {
    Cpu* self = this; // must stay first: GS:0
    unsigned index = 0;
    Vcpu* current = nullptr; // whom this CPU serves, for the panic's report
    std::uint64_t nmis = 0;
    Descriptors descriptors;
};

inline Cpu& this_cpu()
{
    Cpu* self;
    asm("mov %%gs:0, %0" : "=r"(self));
    return *self;
}

// Makes `cpu` the calling processor's block.
void adopt(Cpu& cpu);

} // namespace lintel
