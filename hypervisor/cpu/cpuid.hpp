// SPDX-License-Identifier: Apache-2.0
// The CPUID instruction.
#pragma once

#include <cstdint>

namespace lintel {

struct CpuidLeaf {
    std::uint32_t eax, ebx, ecx, edx;
    constexpr bool operator==(const CpuidLeaf&) const = default;
};

inline CpuidLeaf cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0)
{
    CpuidLeaf out;
    asm volatile("cpuid"
                 : "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx)
                 : "a"(leaf), "c"(subleaf));
    return out;
}

inline constexpr std::uint32_t cpuid_7_ebx_smep = 1u << 7;

// How wide guest-physical addresses are: as machine addresses, within what four levels of EPT reach.
inline unsigned physical_address_bits()
{
    const unsigned width = cpuid(0x8000'0008).eax & 0xff;
    return width < 48 ? width : 48;
}

} // namespace lintel
