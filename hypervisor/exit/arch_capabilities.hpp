// SPDX-License-Identifier: Apache-2.0
// IA32_ARCH_CAPABILITIES as guests see it: which weaknesses the processor does not have. A kernel
// that sees a hypervisor and no such word assumes the worst, and pays for mitigations it does not
// need. Intel SDM Vol. 4, "Architectural MSRs"; Intel's guidance on Indirect Target Selection.
#pragma once

#include <cstdint>

namespace lintel {

namespace arch_capabilities {
inline constexpr std::uint64_t its_no = 1ull << 62;
// Statements of the form "not affected", and two warnings (RSBA, RRSBA), as true in a guest. Bits
// that announce controls are left out: their MSRs are not there.
inline constexpr std::uint64_t statements =
    1ull << 0 /* RDCL */ | 1ull << 2 /* RSBA */ | 1ull << 4 /* SSB */ | 1ull << 5 /* MDS */ |
    1ull << 6 /* page-size change */ | 1ull << 8 /* TAA */ | 1ull << 13 /* SBDR, SSDP */ |
    1ull << 14 /* FBSDP */ | 1ull << 15 /* PSDP */ | 1ull << 19 /* RRSBA */ |
    1ull << 24 /* PBRSB */ | 1ull << 26 /* GDS */ | 1ull << 27 /* RFDS */ | its_no;
} // namespace arch_capabilities

// Whether Indirect Target Selection concerns the processor with this CPUID.1:EAX: Skylake-X from
// stepping 6 on and the client and server lines up to Rocket Lake. Older ones predate it; newer
// ones say ITS_NO.
constexpr bool affected_by_its(std::uint32_t signature)
{
    const std::uint32_t family = signature >> 8 & 0xf, stepping = signature & 0xf;
    const std::uint32_t model = (signature >> 4 & 0xf) | (signature >> 12 & 0xf0);
    if (family != 6)
        return false;
    switch (model) {
    case 0x55:
        return stepping > 5; // Skylake-X and its refreshes
    case 0x8e:
        return stepping > 0xb; // Kaby Lake and its successors, mobile
    case 0x9e:
        return stepping > 0xc; // ... desktop
    case 0x6a:
    case 0x6c:
    case 0x7e: // Ice Lake
    case 0x8c:
    case 0x8d: // Tiger Lake
    case 0xa5:
    case 0xa6: // Comet Lake
    case 0xa7:
        return true; // Rocket Lake
    default:
        return false;
    }
}

// `own`: the processor's MSR, 0 where it has none.
constexpr std::uint64_t guest_arch_capabilities(std::uint64_t own, std::uint32_t signature)
{
    using namespace arch_capabilities;
    return (own & statements) | (affected_by_its(signature) ? 0 : its_no);
}

} // namespace lintel
