// SPDX-License-Identifier: Apache-2.0
// The MSR bitmap: exactly the listed MSRs pass. Intel SDM Vol. 3, "MSR-Bitmap Address".
#include "vmx/msr_bitmap.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lintel {
namespace {

class MsrBitmapTest : public testing::Test {
protected:
    MsrBitmapTest() { fill_msr_bitmap(bitmap_); }
    // As the processor reads it: four parts of 1 KiB, for 0 .. 0x1fff and from 0xc0000000 on.
    bool exits(std::uint32_t msr, bool write) const
    {
        const bool high = msr >= 0xc000'0000;
        const std::size_t part = (high ? 1024 : 0) + (write ? 2048 : 0);
        const std::uint32_t bit = msr - (high ? 0xc000'0000 : 0);
        return bit > 0x1fff || (bitmap_[part + bit / 8] >> bit % 8 & 1) != 0;
    }
    static bool listed(const auto& list, std::uint32_t msr)
    {
        return std::find(list.begin(), list.end(), static_cast<Msr>(msr)) != list.end();
    }
    std::array<std::uint8_t, 4096> bitmap_{};
};

TEST_F(MsrBitmapTest, only_listed_msrs_pass)
{
    for (const std::uint32_t start : {0u, 0xc000'0000u})
        for (std::uint32_t msr = start; msr < start + 0x2000; ++msr) {
            const bool owned = listed(guest_owned_msrs, msr);
            EXPECT_EQ(exits(msr, true), !owned) << std::hex << msr;
            EXPECT_EQ(exits(msr, false), !owned && !listed(guest_readable_msrs, msr)) << msr;
        }
}

TEST_F(MsrBitmapTest, msrs_of_the_hypervisor_never_pass)
{
    using enum Msr;
    for (const Msr msr : {apic_base, feature_control, debugctl, tsc_deadline, x2apic_id, x2apic_eoi,
                          x2apic_spurious, x2apic_timer, misc_enable, vmx_basic}) {
        EXPECT_TRUE(exits(static_cast<std::uint32_t>(msr), false));
        EXPECT_TRUE(exits(static_cast<std::uint32_t>(msr), true));
    }
    EXPECT_TRUE(exits(static_cast<std::uint32_t>(efer), true)); // long mode is a matter of VM entry
    EXPECT_TRUE(exits(static_cast<std::uint32_t>(tsc), true));
}

TEST_F(MsrBitmapTest, system_call_msrs_pass_in_both_directions)
{
    for (const Msr msr : {Msr::lstar, Msr::fs_base, Msr::sysenter_eip, Msr::pat}) {
        EXPECT_FALSE(exits(static_cast<std::uint32_t>(msr), false));
        EXPECT_FALSE(exits(static_cast<std::uint32_t>(msr), true));
    }
}

} // namespace
} // namespace lintel
