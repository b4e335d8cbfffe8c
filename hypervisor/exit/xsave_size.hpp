// SPDX-License-Identifier: Apache-2.0
// The size of the compacted XSAVE area. CPUID.(EAX=0DH,ECX=1):EBX should say it; the emulator
// (Bochs 2.7) gives the size of the standard format there, and Linux then does without XSAVE
// altogether. Intel SDM Vol. 1, "Compacted Format" of "XSAVE Area".
#pragma once

#include <cstdint>

#include "cpu/cpuid.hpp"

namespace lintel {

// `component(i)` answers CPUID.(EAX=0DH,ECX=i).
template <typename Component>
std::uint32_t compacted_xsave_size(std::uint64_t xcr0, Component component)
{
    constexpr std::uint32_t legacy_and_header = 576, align_64 = 1u << 1;
    std::uint32_t size = legacy_and_header;
    for (unsigned i = 2; i < 63; ++i) {
        if ((xcr0 >> i & 1) == 0)
            continue;
        const CpuidLeaf leaf = component(i);
        if ((leaf.ecx & align_64) != 0)
            size = (size + 63) & ~63u;
        size += leaf.eax;
    }
    return size;
}

} // namespace lintel
