// SPDX-License-Identifier: Apache-2.0
// Who owns which bit of the guest's CR0 and CR4. A bit the hypervisor owns exits when the guest
// changes it.
#pragma once

#include <cstdint>

#include "cpu/registers.hpp"

namespace lintel {

// Mode switches, and caching, which is not the guest's business.
inline constexpr std::uint64_t cr0_host_owned =
    cr0::pe | cr0::et | cr0::ne | cr0::nw | cr0::cd | cr0::pg | ~0xffff'ffffull;

// MCE is shown as the guest wants it and is really always on: a machine check must exit, not shut
// down.
inline constexpr std::uint64_t cr4_mce = 1u << 6;
inline constexpr std::uint64_t cr4_guest_owned =
    0x3f /* VME PVI TSD DE PSE PAE */ | 1u << 7 /* PGE */ | 1u << 8 /* PCE */ | cr4::osfxsr |
    1u << 10 /* OSXMMEXCPT */ | 1u << 11 /* UMIP */ | 1u << 16 /* FSGSBASE */ | cr4::pcide |
    cr4::osxsave | cr4::smep | cr4::smap | cr4::pke;

} // namespace lintel
