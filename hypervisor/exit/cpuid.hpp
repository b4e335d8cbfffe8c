// SPDX-License-Identifier: Apache-2.0
// CPUID as guests see it: the processor's own answer with everything taken out that belongs to the
// hypervisor, and its own leaves added. Contract: docs/abi/cpuid.md. Pure, so host tests run it.
#pragma once

#include <cstdint>

#include "cpu/cpuid.hpp"

namespace lintel {

struct CpuidView {
    std::uint32_t vcpu = 0;
    std::uint32_t vcpus = 1;
    std::uint64_t tsc_khz = 0;
    std::uint64_t info_address = 0; // guest-physical, of struct lintel_info
    std::uint32_t features = 0;     // LINTEL_FEATURE_*
    bool ospke = false;             // the guest's CR4.PKE
    bool osxsave = false;           // the guest's CR4.OSXSAVE
    bool xsavec = true;             // the processor's compacted XSAVE format can be used
};

// Whether ECX chooses among answers. Elsewhere it holds whatever the guest left there.
constexpr bool has_subleaves(std::uint32_t leaf)
{
    return leaf == 0x4 || leaf == 0x7 || leaf == 0xb || leaf == 0xd;
}

CpuidLeaf guest_cpuid(std::uint32_t leaf, std::uint32_t subleaf, CpuidLeaf native,
                      const CpuidView& view);

} // namespace lintel
