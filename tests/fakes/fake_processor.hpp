// SPDX-License-Identifier: Apache-2.0
// A processor that has everything vmx/features.hpp asks for, until a test takes something away.
#pragma once

#include <cstdint>
#include <map>

#include "cpu/cpuid.hpp"
#include "cpu/msr.hpp"

namespace lintel {

struct FakeProcessor {
    std::uint32_t leaf_1_ecx = 0xffff'ffff;
    std::map<Msr, std::uint64_t> msrs{
        {Msr::feature_control, 5}, // locked, with VMX allowed outside SMX
        {Msr::vmx_basic, 1ull << 55 | 0x8000'0012},
        {Msr::vmx_primary, 0xffff'ffff'0401'e172},
        {Msr::vmx_true_pin, 0xffff'ffff'0000'0016},
        {Msr::vmx_true_primary, 0xffff'ffff'0400'6172},
        {Msr::vmx_true_exit, 0xffff'ffff'0003'6dfb},
        {Msr::vmx_true_entry, 0xffff'ffff'0000'11fb},
        {Msr::vmx_secondary, 0xffff'ffff'0000'0000},
        {Msr::vmx_ept_vpid, 0xffff'ffff'ffff'ffff},
        {Msr::vmx_misc, 4ull << 16}, // CR3-target values
        {Msr::vmx_cr0_fixed0, 0x8000'0021},
        {Msr::vmx_cr4_fixed0, 0x2000},
    };

    CpuidLeaf cpuid(std::uint32_t leaf) const
    {
        return leaf == 1 ? CpuidLeaf{0, 0, leaf_1_ecx, 0} : CpuidLeaf{};
    }
    std::uint64_t read_msr(Msr msr) const { return msrs.at(msr); }

    // The processor cannot set these bits of a control; the high half of the MSR says so.
    FakeProcessor& without(Msr capability, std::uint32_t bits)
    {
        msrs[capability] &= ~(static_cast<std::uint64_t>(bits) << 32);
        return *this;
    }
};

} // namespace lintel
