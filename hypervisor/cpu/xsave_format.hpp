// SPDX-License-Identifier: Apache-2.0
// The compacted XSAVE format, and whether this processor has it right. One that contradicts itself
// about its size (Bochs 2.7 does) also saves and restores it wrongly: guests lose vector registers
// at context switches. Guests of such a processor are not shown XSAVEC.
#pragma once

#include <cstdint>

#include "cpu/cpuid.hpp"

namespace lintel {

// The size by the rules: Intel SDM Vol. 1, "Compacted Format" of "XSAVE Area". `component(i)`
// answers CPUID.(EAX=0DH,ECX=i).
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

// `xcr0` is what is enabled while `component` answers; the more, the better the comparison.
template <typename Component>
bool compacted_format_is_sound(std::uint64_t xcr0, Component component)
{
    return component(1).ebx == compacted_xsave_size(xcr0, component);
}

} // namespace lintel
