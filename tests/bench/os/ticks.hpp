// SPDX-License-Identifier: Apache-2.0
// The time stamp counter. Intel SDM Vol. 2, "RDTSC": LFENCE on both sides keeps it in its place. On
// the emulated machine a tick is an instruction, and the fences cost one each.
#pragma once

#include <cstdint>
#include <x86intrin.h>

namespace bench {

using Ticks = std::uint64_t;

inline Ticks read_ticks()
{
    _mm_lfence();
    const Ticks now = __rdtsc();
    _mm_lfence();
    return now;
}

} // namespace bench
