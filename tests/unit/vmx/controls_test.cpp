// SPDX-License-Identifier: Apache-2.0
// VMX controls: bits by their place in the SDM's tables, and what capability MSRs do to them.
#include "vmx/controls.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

TEST(Controls, capability_halves_are_must_and_may)
{
    constexpr auto capability = ControlCapability::of(0x0000'00ff'0000'0016);
    EXPECT_EQ(capability.must, 0x16u);
    EXPECT_EQ(capability.may, 0xffu);
}

TEST(Controls, allowed_means_every_bit_may_be_set)
{
    constexpr ControlCapability capability{.must = 0x2, .may = 0xff};
    EXPECT_TRUE(capability.allows(0));
    EXPECT_TRUE(capability.allows(0xff));
    EXPECT_FALSE(capability.allows(0x100));
    EXPECT_FALSE(capability.allows(0x101));
}

TEST(Controls, adjusting_adds_what_must_be_set_and_drops_what_may_not)
{
    constexpr ControlCapability capability{.must = 0x2, .may = 0xff};
    EXPECT_EQ(capability.adjust(0x140), 0x42u);
    EXPECT_EQ(capability.adjust(0), 0x2u);
}

// Without these a guest could keep the processor, read the hypervisor's devices or counters, or
// take its interrupts.
TEST(Controls, everything_the_hypervisor_relies_on_is_wanted)
{
    EXPECT_EQ(pin::wanted, 0x29u);
    EXPECT_NE(primary::wanted & primary::io_bitmaps, 0u);
    EXPECT_NE(primary::wanted & primary::msr_bitmaps, 0u);
    EXPECT_NE(primary::wanted & primary::hlt, 0u);
    EXPECT_NE(primary::wanted & primary::secondary_controls, 0u);
    EXPECT_NE(primary::wanted & primary::cr8_load, 0u);
    EXPECT_EQ(primary::wanted & primary::interrupt_window, 0u); // only while an upcall waits
    EXPECT_EQ(secondary::required, 0xa2u);
    EXPECT_NE(exit_control::wanted & exit_control::host_64_bit, 0u);
    EXPECT_EQ(entry_control::wanted & entry_control::ia32e_guest, 0u); // follows the guest's CR0.PG
}

} // namespace
} // namespace lintel
