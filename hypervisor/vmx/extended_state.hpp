// SPDX-License-Identifier: Apache-2.0
// What a vCPU leaves in the processor beside the general registers and the VMCS. It stays there over
// exits, since root mode touches none of it, and is exchanged when another vCPU takes the CPU.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cpu/msr.hpp"

namespace lintel {

// Standard format with every component of xcr0::offered: PKRU, the last one, ends at 2696. Intel SDM
// Vol. 1, "XSAVE Area"; start-up compares with what the processor says.
inline constexpr std::size_t xsave_area_bytes = 2752;

class ExtendedState {
public:
    // As after reset. Contract: docs/abi/vcpus.md, "State at start".
    void reset();
    void save();
    void load() const;

private:
    static constexpr std::array msrs{Msr::kernel_gs_base, Msr::star,   Msr::lstar,
                                     Msr::cstar,          Msr::sfmask, Msr::tsc_aux};

    alignas(64) std::array<std::byte, xsave_area_bytes> xsave_{};
    std::uint64_t xcr0_ = 0, cr2_ = 0, dr6_ = 0;
    std::array<std::uint64_t, 4> dr_{};
    std::array<std::uint64_t, msrs.size()> msr_{};
};

} // namespace lintel
