// SPDX-License-Identifier: Apache-2.0
// #DB given back to the guest as the processor would have delivered it.
#include "exit/exception.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_vmcs.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t dr6_reset = 0xffff'0ff0;
constexpr std::uint64_t b0 = 1, b3 = 8, general_detect = 1u << 13, single_step = 1u << 14;
constexpr std::uint64_t branch_single_step = 1u << 1; // IA32_DEBUGCTL.BTF
constexpr std::uint32_t valid = 0x8000'0000, hardware = 3u << 8, int1 = 5u << 8;
constexpr std::uint32_t blocking_by_mov_ss = 2;

class ExceptionTest : public testing::Test {
protected:
    ExceptionTest() { vmcs_.set(vmcs::exit_interruption, valid | hardware | vector_debug); }
    std::uint64_t reflect(std::uint64_t qualification, std::uint64_t dr6 = dr6_reset)
    {
        vmcs_.set(vmcs::exit_qualification, qualification);
        return reflect_debug(vmcs_, injection_, dr6);
    }
    FakeVmcs vmcs_;
    EventInjection injection_;
};

TEST(DebugStatus, breakpoints_are_replaced_and_the_rest_accumulates)
{
    EXPECT_EQ(debug_status_after(dr6_reset | b0, b3), dr6_reset | b3);
    EXPECT_EQ(debug_status_after(dr6_reset | single_step, b0), dr6_reset | single_step | b0);
    EXPECT_EQ(debug_status_after(dr6_reset, single_step | general_detect),
              dr6_reset | single_step | general_detect);
}

TEST(DebugStatus, bits_the_exit_does_not_report_are_not_set)
{
    EXPECT_EQ(debug_status_after(0, ~0ull), 0x600fu);
}

TEST_F(ExceptionTest, breakpoint_becomes_a_hardware_exception_without_error_code)
{
    EXPECT_EQ(reflect(b0), dr6_reset | b0);
    EXPECT_EQ(injection_.information, valid | hardware | 1);
}

TEST_F(ExceptionTest, int1_keeps_its_type_and_length)
{
    vmcs_.set(vmcs::exit_interruption, valid | int1 | vector_debug);
    vmcs_.set(vmcs::exit_instruction_length, 1);
    reflect(0);
    EXPECT_EQ(injection_.information, valid | int1 | 1);
    EXPECT_EQ(injection_.instruction_length, 1u);
}

TEST_F(ExceptionTest, general_detection_is_switched_off_as_delivery_would)
{
    vmcs_.set(vmcs::guest_dr7, general_detect | 0x400);
    reflect(general_detect);
    EXPECT_EQ(vmcs_.get(vmcs::guest_dr7), 0x400u);
}

// VM entry refuses a guest with TF in the shadow of MOV SS unless a single step is pending.
TEST_F(ExceptionTest, single_step_in_a_shadow_stays_pending)
{
    vmcs_.set(vmcs::guest_interruptibility, blocking_by_mov_ss);
    vmcs_.set(vmcs::guest_rflags, rflags::tf);
    reflect(b0);
    EXPECT_EQ(vmcs_.get(vmcs::guest_pending_debug), single_step);
}

// The same check wants the opposite of a guest that steps over branches.
TEST_F(ExceptionTest, branch_step_in_a_shadow_is_not_pending)
{
    vmcs_.set(vmcs::guest_interruptibility, blocking_by_mov_ss);
    vmcs_.set(vmcs::guest_rflags, rflags::tf).set(vmcs::guest_debugctl, branch_single_step);
    reflect(b0);
    EXPECT_EQ(vmcs_.get(vmcs::guest_pending_debug), 0u);
}

TEST_F(ExceptionTest, without_shadow_or_without_tf_nothing_is_pending)
{
    vmcs_.set(vmcs::guest_rflags, rflags::tf);
    reflect(single_step);
    EXPECT_FALSE(vmcs_.was_written(vmcs::guest_pending_debug));
    vmcs_.set(vmcs::guest_rflags, 0).set(vmcs::guest_interruptibility, blocking_by_mov_ss);
    reflect(b0);
    EXPECT_FALSE(vmcs_.was_written(vmcs::guest_pending_debug));
}

// An endless loop of #DB or #AC on silicon must leave the guest; a machine check must be seen.
TEST(Exceptions, exactly_debug_alignment_and_machine_check_are_intercepted)
{
    EXPECT_EQ(intercepted_exceptions, 1u << 1 | 1u << 17 | 1u << 18);
}

} // namespace
} // namespace lintel
