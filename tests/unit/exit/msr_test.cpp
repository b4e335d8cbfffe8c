// SPDX-License-Identifier: Apache-2.0
// MSR accesses that exit: the few that are answered, EFER's rules, and #GP for everything else.
#include "exit/msr.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_vmcs.hpp"

namespace lintel {
namespace {

class MsrTest : public testing::Test {
protected:
    // The processor's own MSRs are not to be read but for two, which `machine` answers.
    Result<std::uint64_t> read(Msr msr, std::uint64_t machine = 0)
    {
        return guest_read_msr(vmcs_, msr, [machine](Msr asked) {
            EXPECT_TRUE(asked == Msr::misc_enable || asked == Msr::arch_capabilities);
            return machine;
        });
    }
    bool write(Msr msr, std::uint64_t value) { return guest_write_msr(vmcs_, msr, value).ok(); }
    FakeVmcs vmcs_;
};

TEST_F(MsrTest, a_seal_keeps_no_execute)
{
    vmcs_.set(vmcs::guest_efer, 0xd01).set(vmcs::guest_cr0, cr0::pg);
    EXPECT_FALSE(guest_write_msr(vmcs_, Msr::efer, 0x501, true).ok());
    EXPECT_FALSE(guest_write_msr(vmcs_, Msr::efer, 0xc01, true).ok()); // LME
    EXPECT_TRUE(guest_write_msr(vmcs_, Msr::efer, 0xd00, true).ok());  // SCE is its own
    EXPECT_TRUE(guest_write_msr(vmcs_, Msr::efer, 0x501).ok());
}

TEST_F(MsrTest, answered_reads_are_constants_or_the_guests_own)
{
    vmcs_.set(vmcs::guest_debugctl, 2);
    EXPECT_EQ(read(Msr::microcode_revision).take(), 0u);
    EXPECT_EQ(read(Msr::debugctl).take(), 2u);
}

// Fast strings as the processor has them; no branch trace, no PEBS; nothing else of its MSR.
TEST_F(MsrTest, misc_enable_shows_fast_strings_of_the_processor_and_constants)
{
    EXPECT_EQ(read(Msr::misc_enable, 0).take(), 0x1800u);
    EXPECT_EQ(read(Msr::misc_enable, 1).take(), 0x1801u);
    EXPECT_EQ(read(Msr::misc_enable, ~0ull).take(), 0x1801u);
}

TEST_F(MsrTest, arch_capabilities_are_read_only_and_what_the_machine_answers)
{
    EXPECT_EQ(read(Msr::arch_capabilities, 0x21).take(), 0x21u);
    EXPECT_FALSE(write(Msr::arch_capabilities, 0));
}

// The hypervisor's own, XSS, ones that do not exist, and both ends of the number space.
TEST_F(MsrTest, everything_else_is_refused_and_changes_nothing)
{
    for (const std::uint32_t number : {0x0u, 0x1bu, 0x3au, 0x480u, 0x48bu, 0x6e0u, 0x802u, 0x80bu,
                                       0xda0u, 0x1fffu, 0x2000u, 0x4000'0000u, 0xc000'2000u, ~0u}) {
        EXPECT_EQ(read(Msr{number}).error(), Error::not_permitted);
        EXPECT_FALSE(write(Msr{number}, 0));
    }
    EXPECT_EQ(vmcs_.writes(), 0u);
}

TEST_F(MsrTest, debugctl_takes_branch_stepping_only)
{
    EXPECT_TRUE(write(Msr::debugctl, 2));
    EXPECT_EQ(vmcs_.get(vmcs::guest_debugctl), 2u);
    for (const std::uint64_t value : {1ull, 3ull, 1ull << 6, 1ull << 63, ~0ull})
        EXPECT_FALSE(write(Msr::debugctl, value));
    EXPECT_EQ(vmcs_.get(vmcs::guest_debugctl), 2u);
}

TEST_F(MsrTest, writes_that_linux_makes_for_nothing_are_taken)
{
    EXPECT_TRUE(write(Msr::misc_enable, 0x1801));
    EXPECT_TRUE(write(Msr::microcode_revision, 0));
    EXPECT_EQ(vmcs_.writes(), 0u);
}

TEST_F(MsrTest, efer_takes_its_known_bits_before_paging)
{
    EXPECT_TRUE(write(Msr::efer, efer::sce | efer::lme | efer::nxe));
    EXPECT_EQ(vmcs_.get(vmcs::guest_efer), efer::sce | efer::lme | efer::nxe);
}

TEST_F(MsrTest, efer_refuses_bits_without_a_meaning)
{
    for (const std::uint64_t value : {1ull << 1, 1ull << 12 /* SVME */, 1ull << 14, 1ull << 63})
        EXPECT_FALSE(write(Msr::efer, value)) << std::hex << value;
    EXPECT_EQ(vmcs_.writes(), 0u);
}

TEST_F(MsrTest, long_mode_cannot_be_switched_while_paging)
{
    vmcs_.set(vmcs::guest_cr0, cr0::pe | cr0::pg).set(vmcs::guest_efer, efer::lme | efer::lma);
    EXPECT_FALSE(write(Msr::efer, efer::sce));
    EXPECT_TRUE(write(Msr::efer, efer::sce | efer::lme | efer::lma));
    vmcs_.set(vmcs::guest_efer, 0);
    EXPECT_FALSE(write(Msr::efer, efer::lme));
}

TEST_F(MsrTest, lma_follows_paging_and_not_what_is_written)
{
    EXPECT_TRUE(write(Msr::efer, efer::lme | efer::lma));
    EXPECT_EQ(vmcs_.get(vmcs::guest_efer), efer::lme);
    vmcs_.set(vmcs::guest_cr0, cr0::pe | cr0::pg).set(vmcs::guest_efer, efer::lme | efer::lma);
    EXPECT_TRUE(write(Msr::efer, efer::lme));
    EXPECT_EQ(vmcs_.get(vmcs::guest_efer), efer::lme | efer::lma);
}

} // namespace
} // namespace lintel
