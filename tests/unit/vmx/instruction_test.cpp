// SPDX-License-Identifier: Apache-2.0
// Stepping over an instruction, and what the guest was executing.
#include "vmx/instruction.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_vmcs.hpp"

namespace lintel {
namespace {

constexpr std::uint32_t blocking_by_sti = 1, blocking_by_mov_ss = 2, blocking_by_nmi = 8;
constexpr std::uint64_t branch_single_step = 1u << 1; // IA32_DEBUGCTL.BTF

class InstructionTest : public testing::Test {
protected:
    InstructionTest() { vmcs_.set(vmcs::guest_rip, 0x1000).set(vmcs::exit_instruction_length, 3); }
    FakeVmcs vmcs_;
};

TEST_F(InstructionTest, plain_step_moves_rip_and_writes_nothing_else)
{
    skip_instruction(vmcs_);
    EXPECT_EQ(vmcs_.get(vmcs::guest_rip), 0x1003u);
    EXPECT_EQ(vmcs_.writes(), 1u);
}

TEST_F(InstructionTest, step_ends_the_shadow_of_sti_and_mov_ss_but_not_nmi_blocking)
{
    for (const std::uint32_t shadow : {blocking_by_sti, blocking_by_mov_ss}) {
        vmcs_.set(vmcs::guest_interruptibility, shadow | blocking_by_nmi);
        skip_instruction(vmcs_);
        EXPECT_EQ(vmcs_.get(vmcs::guest_interruptibility), blocking_by_nmi);
    }
}

TEST_F(InstructionTest, single_stepping_guest_gets_its_trap)
{
    vmcs_.set(vmcs::guest_rflags, rflags::tf).set(vmcs::guest_pending_debug, 2);
    skip_instruction(vmcs_);
    EXPECT_EQ(vmcs_.get(vmcs::guest_pending_debug), pending_single_step | 2);
}

TEST_F(InstructionTest, guest_that_steps_over_branches_gets_no_trap_here)
{
    vmcs_.set(vmcs::guest_rflags, rflags::tf).set(vmcs::guest_debugctl, branch_single_step);
    skip_instruction(vmcs_);
    EXPECT_EQ(vmcs_.get(vmcs::guest_pending_debug), 0u);
}

// Single step and a breakpoint that is enabled; not a breakpoint that matched without being
// enabled.
TEST_F(InstructionTest, debug_exception_pends_only_if_it_will_be_delivered)
{
    constexpr std::uint64_t matched = 0xf, enabled_breakpoint = 1u << 12;
    const auto pends = [&](std::uint64_t pending) {
        vmcs_.set(vmcs::guest_pending_debug, pending);
        return debug_exception_pends(vmcs_);
    };
    EXPECT_FALSE(pends(0));
    EXPECT_FALSE(pends(matched));
    EXPECT_TRUE(pends(enabled_breakpoint | 1));
    EXPECT_TRUE(pends(pending_single_step));
}

constexpr std::uint32_t long_code = 1u << 13;
constexpr std::uint64_t lma = 1u << 10;

TEST_F(InstructionTest, code_of_32_bits_wraps_to_zero)
{
    vmcs_.set(vmcs::guest_rip, 0xffff'fffe);
    skip_instruction(vmcs_);
    EXPECT_EQ(vmcs_.get(vmcs::guest_rip), 1u);
    vmcs_.set(vmcs::guest_efer, lma).set(vmcs::guest_rip, 0xffff'fffd); // compatibility mode
    skip_instruction(vmcs_);
    EXPECT_EQ(vmcs_.get(vmcs::guest_rip), 0u);
}

TEST_F(InstructionTest, code_of_64_bits_goes_on_beyond_4_gib)
{
    vmcs_.set(vmcs::guest_efer, lma).set(vmcs::guest_cs_rights, long_code);
    vmcs_.set(vmcs::guest_rip, 0xffff'fffe);
    skip_instruction(vmcs_);
    EXPECT_EQ(vmcs_.get(vmcs::guest_rip), 0x1'0000'0001u);
}

// VM entry refuses an address in the hole; a process that ends a mapping there must not reach it.
TEST_F(InstructionTest, code_of_64_bits_never_steps_into_the_hole_of_the_address_space)
{
    vmcs_.set(vmcs::guest_efer, lma).set(vmcs::guest_cs_rights, long_code);
    for (const std::uint64_t before_the_hole : {0x7fff'ffff'fffdul, 0x7fff'ffff'fffful}) {
        vmcs_.set(vmcs::guest_rip, before_the_hole);
        skip_instruction(vmcs_);
        EXPECT_TRUE(canonical(vmcs_.get(vmcs::guest_rip)));
        EXPECT_EQ(vmcs_.get(vmcs::guest_rip) >> 47, 0x1'ffffu); // the upper half: faults on fetch
    }
    vmcs_.set(vmcs::guest_rip, ~0ul - 2);
    skip_instruction(vmcs_);
    EXPECT_EQ(vmcs_.get(vmcs::guest_rip), 0u);
}

TEST_F(InstructionTest, privilege_is_that_of_the_stack_segment)
{
    for (const std::uint32_t level : {0u, 1u, 2u, 3u}) {
        vmcs_.set(vmcs::guest_ss_rights, 0xc093u | level << 5);
        EXPECT_EQ(privilege_level(vmcs_), level);
    }
}

TEST_F(InstructionTest, long_code_counts_only_in_long_mode)
{
    const auto is_64_bit = [&](std::uint64_t efer, std::uint32_t rights) {
        vmcs_.set(vmcs::guest_efer, efer).set(vmcs::guest_cs_rights, rights);
        return in_64_bit_code(vmcs_);
    };
    EXPECT_TRUE(is_64_bit(lma, long_code));
    EXPECT_FALSE(is_64_bit(lma, 0)); // compatibility mode
    EXPECT_FALSE(is_64_bit(0, long_code));
}

} // namespace
} // namespace lintel
