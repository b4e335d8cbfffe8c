// SPDX-License-Identifier: Apache-2.0
// Which MSRs a guest reads and writes without an exit. Intel SDM Vol. 3, "MSR-Bitmap Address".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "cpu/msr.hpp"

namespace lintel {

// The guest's own system-call and segment state. The hypervisor uses none of these; the processor
// itself refuses non-canonical values. SYSENTER_* and PAT are kept in the VMCS.
inline constexpr std::array guest_owned_msrs{
    Msr::fs_base, Msr::gs_base, Msr::kernel_gs_base, Msr::star,         Msr::lstar,
    Msr::cstar,   Msr::sfmask,  Msr::sysenter_cs,    Msr::sysenter_esp, Msr::sysenter_eip,
    Msr::pat,     Msr::tsc_aux,
};
inline constexpr std::array guest_readable_msrs{Msr::tsc, Msr::efer};

// Fills a 4 KiB bitmap: a set bit exits.
constexpr void fill_msr_bitmap(std::span<std::uint8_t, 4096> bitmap)
{
    constexpr std::size_t read_low = 0, write_low = 2048, high_offset = 1024;
    for (std::uint8_t& byte : bitmap)
        byte = 0xff;
    const auto pass = [&](Msr msr, std::size_t base) {
        const auto number = static_cast<std::uint32_t>(msr);
        const std::size_t bit = number & 0x1fff;
        base += number >= 0xc000'0000 ? high_offset : 0;
        bitmap[base + bit / 8] &= static_cast<std::uint8_t>(~(1u << bit % 8));
    };
    for (const Msr msr : guest_owned_msrs) {
        pass(msr, read_low);
        pass(msr, write_low);
    }
    for (const Msr msr : guest_readable_msrs)
        pass(msr, read_low);
}

} // namespace lintel
