// SPDX-License-Identifier: Apache-2.0
// The start-up check of the processor: each thing that can be missing is named in one line.
#include "vmx/features.hpp"

#include <string>

#include <gtest/gtest.h>

#include "fakes/fake_processor.hpp"

namespace lintel {
namespace {

// The refusal must be one line with `expected` in it, and must not have filled anything in.
void expect_refused(const FakeProcessor& processor, std::string_view expected)
{
    VmxFeatures features;
    const std::string line{probe_vmx(processor, features)};
    EXPECT_NE(line.find(expected), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(features.revision, 0u);
}

TEST(Features, complete_processor_gives_adjusted_controls)
{
    VmxFeatures features;
    EXPECT_EQ(probe_vmx(FakeProcessor{}, features), "");
    EXPECT_EQ(features.revision, 0x12u); // bit 31 of the MSR is not part of it
    EXPECT_EQ(features.pin, pin::wanted | 0x16);
    EXPECT_EQ(features.primary, primary::wanted | 0x0400'6172);
    EXPECT_EQ(features.secondary, secondary::required | secondary::optional);
    EXPECT_EQ(features.exit, exit_control::wanted | 0x0003'6dfb);
    EXPECT_EQ(features.entry, entry_control::wanted | 0x0000'11fb);
    EXPECT_TRUE(features.ept_1g_pages);
    EXPECT_TRUE(features.pause_loop);
    EXPECT_TRUE(features.preemption_timer);
    EXPECT_TRUE(features.invvpid_keeps_globals);
    EXPECT_EQ(features.cr3_targets, 4u);
    EXPECT_EQ(features.cr0_fixed, 0x8000'0021u);
    EXPECT_EQ(features.cr4_fixed, 0x2000u);
}

TEST(Features, optional_controls_and_1_gib_pages_may_be_missing)
{
    FakeProcessor processor;
    processor.without(Msr::vmx_secondary, secondary::optional | secondary::when_useful);
    processor.without(Msr::vmx_true_pin, pin::preemption_timer);
    processor.msrs[Msr::vmx_ept_vpid] &= ~(1ull << 17);
    VmxFeatures features;
    EXPECT_EQ(probe_vmx(processor, features), "");
    EXPECT_EQ(features.secondary, secondary::required);
    EXPECT_FALSE(features.ept_1g_pages);
    EXPECT_FALSE(features.pause_loop);
    EXPECT_FALSE(features.preemption_timer);
}

TEST(Features, firmware_that_left_the_lock_open_is_fine)
{
    FakeProcessor processor;
    processor.msrs[Msr::feature_control] = 0;
    VmxFeatures features;
    EXPECT_EQ(probe_vmx(processor, features), "");
}

TEST(Features, missing_processor_features_are_named)
{
    FakeProcessor processor;
    processor.leaf_1_ecx = ~(1u << 5);
    expect_refused(processor, "no VMX");
    processor.leaf_1_ecx = ~(1u << 21);
    expect_refused(processor, "x2APIC");
    processor.leaf_1_ecx = ~(1u << 24);
    expect_refused(processor, "TSC-deadline");
}

// On a processor without VMX its MSRs raise #GP: CPUID decides before any is read.
TEST(Features, without_vmx_no_msr_is_read)
{
    FakeProcessor processor;
    processor.leaf_1_ecx = 0;
    processor.msrs.clear();
    expect_refused(processor, "no VMX");
}

TEST(Features, vmx_that_the_firmware_locked_off_is_named)
{
    FakeProcessor processor;
    processor.msrs[Msr::feature_control] = 1;
    expect_refused(processor, "firmware");
}

// The MSRs of true controls do not exist there, so none of them may be read.
TEST(Features, processor_without_true_controls_is_too_old)
{
    FakeProcessor processor;
    processor.msrs[Msr::vmx_basic] = 0x12;
    for (const Msr msr :
         {Msr::vmx_true_pin, Msr::vmx_true_primary, Msr::vmx_true_exit, Msr::vmx_true_entry})
        processor.msrs.erase(msr);
    expect_refused(processor, "true VMX controls");
    processor.without(Msr::vmx_secondary, secondary::ept);
    expect_refused(processor, "no EPT");
}

TEST(Features, without_secondary_controls_their_msr_is_not_read)
{
    FakeProcessor processor;
    processor.without(Msr::vmx_true_primary, primary::secondary_controls);
    processor.msrs.erase(Msr::vmx_secondary);
    expect_refused(processor, "no EPT");
}

TEST(Features, each_needed_secondary_control_is_named)
{
    expect_refused(FakeProcessor{}.without(Msr::vmx_secondary, secondary::ept), "no EPT");
    expect_refused(FakeProcessor{}.without(Msr::vmx_secondary, secondary::unrestricted_guest),
                   "unrestricted");
    expect_refused(FakeProcessor{}.without(Msr::vmx_secondary, secondary::vpid), "VPID");
}

TEST(Features, each_needed_capability_of_ept_is_checked)
{
    for (const unsigned bit : {6, 14, 16, 20, 25, 26, 32, 42}) {
        FakeProcessor processor;
        processor.msrs[Msr::vmx_ept_vpid] &= ~(1ull << bit);
        expect_refused(processor, "EPT lacks");
    }
}

TEST(Features, each_wanted_control_is_checked)
{
    const std::pair<Msr, std::uint32_t> wanted[] = {
        {Msr::vmx_true_pin, pin::wanted},
        {Msr::vmx_true_primary, primary::wanted & ~primary::secondary_controls},
        {Msr::vmx_true_exit, exit_control::wanted},
        {Msr::vmx_true_entry, entry_control::wanted}};
    for (const auto& [msr, bits] : wanted)
        for (std::uint32_t bit = 1; bit != 0; bit <<= 1)
            if ((bits & bit) != 0)
                expect_refused(FakeProcessor{}.without(msr, bit), "lacks a control");
}

} // namespace
} // namespace lintel
