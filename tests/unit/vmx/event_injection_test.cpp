// SPDX-License-Identifier: Apache-2.0
// Event injection: fields as VM entry wants them, and events that an exit interrupted.
#include "vmx/event_injection.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_vmcs.hpp"

namespace lintel {
namespace {

constexpr std::uint32_t valid = 0x8000'0000, with_error_code = 1u << 11, nmi_unblocking = 1u << 12;

class EventInjectionTest : public testing::Test {
protected:
    EventInjectionTest() { vmcs_.set(vmcs::guest_cr0, cr0::pe); }
    std::uint32_t loaded()
    {
        injection_.load(vmcs_);
        return vmcs_.get(vmcs::entry_interruption);
    }
    FakeVmcs vmcs_;
    EventInjection injection_;
};

TEST_F(EventInjectionTest, nothing_waits_at_first_and_nothing_is_injected)
{
    EXPECT_FALSE(injection_.waits());
    vmcs_.set(vmcs::entry_interruption, 0xffff'ffff);
    EXPECT_EQ(loaded() & valid, 0u);
}

TEST_F(EventInjectionTest, general_protection_carries_error_code_zero)
{
    injection_.error_code = 77; // of an earlier event
    injection_.raise(Exception::gp);
    EXPECT_TRUE(injection_.waits());
    vmcs_.set(vmcs::entry_error_code, 0xff);
    EXPECT_EQ(loaded(), valid | 3u << 8 | with_error_code | 13);
    EXPECT_EQ(vmcs_.get(vmcs::entry_error_code), 0u);
}

// VM entry refuses an error code there, which would be taken for a fault of the hypervisor's.
TEST_F(EventInjectionTest, real_mode_gets_exceptions_without_error_code)
{
    vmcs_.set(vmcs::guest_cr0, 0);
    injection_.raise(Exception::gp);
    EXPECT_EQ(loaded(), valid | 3u << 8 | 13);
}

TEST_F(EventInjectionTest, invalid_opcode_has_no_error_code)
{
    injection_.raise(Exception::ud);
    EXPECT_EQ(loaded(), valid | 3u << 8 | 6);
    EXPECT_FALSE(vmcs_.was_written(vmcs::entry_error_code));
}

TEST_F(EventInjectionTest, interrupt_has_type_zero)
{
    injection_.external_interrupt(0xf3);
    EXPECT_EQ(loaded(), valid | 0xf3);
}

TEST_F(EventInjectionTest, event_is_injected_once)
{
    injection_.raise(Exception::ud);
    loaded();
    EXPECT_FALSE(injection_.waits());
    EXPECT_EQ(loaded() & valid, 0u);
}

TEST_F(EventInjectionTest, no_interrupted_event_leaves_all_as_it_is)
{
    EXPECT_EQ(injection_.resume_interrupted(vmcs_), GaveWay::nothing);
    EXPECT_FALSE(injection_.waits());
}

TEST_F(EventInjectionTest, interrupted_page_fault_comes_again_with_its_error_code)
{
    vmcs_.set(vmcs::idt_vectoring, valid | 3u << 8 | with_error_code | 14);
    vmcs_.set(vmcs::idt_vectoring_error, 6);
    EXPECT_EQ(injection_.resume_interrupted(vmcs_), GaveWay::nothing);
    EXPECT_EQ(loaded(), valid | 3u << 8 | with_error_code | 14);
    EXPECT_EQ(vmcs_.get(vmcs::entry_error_code), 6u);
}

// Bit 12 is undefined in the vectoring field and must be zero at entry.
TEST_F(EventInjectionTest, undefined_bits_of_an_interrupted_event_are_not_injected)
{
    vmcs_.set(vmcs::idt_vectoring, valid | nmi_unblocking | 0x7fff'e000 | 0x21);
    EXPECT_EQ(injection_.resume_interrupted(vmcs_), GaveWay::nothing);
    EXPECT_EQ(loaded(), valid | 0x21);
}

TEST_F(EventInjectionTest, interrupted_software_event_comes_again_with_its_length)
{
    for (const std::uint32_t type : {4u, 5u, 6u}) {
        vmcs_.set(vmcs::idt_vectoring, valid | type << 8 | 3);
        vmcs_.set(vmcs::exit_instruction_length, 2);
        vmcs_.set(vmcs::entry_instruction_length, 0);
        EXPECT_EQ(injection_.resume_interrupted(vmcs_), GaveWay::nothing);
        EXPECT_EQ(loaded(), valid | type << 8 | 3);
        EXPECT_EQ(vmcs_.get(vmcs::entry_instruction_length), 2u);
    }
}

TEST_F(EventInjectionTest, interrupt_gives_way_to_a_fault_and_must_come_again)
{
    vmcs_.set(vmcs::idt_vectoring, valid | 0x21);
    injection_.raise(Exception::gp);
    EXPECT_EQ(injection_.resume_interrupted(vmcs_), GaveWay::interrupt);
    EXPECT_EQ(loaded() & 0xff, 13u);
}

TEST_F(EventInjectionTest, interrupted_exception_gives_way_to_a_fault_for_good)
{
    vmcs_.set(vmcs::idt_vectoring, valid | 3u << 8 | 14 | with_error_code);
    injection_.raise(Exception::gp);
    EXPECT_EQ(injection_.resume_interrupted(vmcs_), GaveWay::nothing); // the guest executes into it again
    EXPECT_EQ(loaded() & 0xff, 13u);
}

// NMIs are blocked since its delivery began, and VM entry injects none while they are.
TEST_F(EventInjectionTest, interrupted_nmi_comes_again_with_nmis_open)
{
    vmcs_.set(vmcs::idt_vectoring, valid | 2u << 8 | 2);
    vmcs_.set(vmcs::guest_interruptibility, blocking_by_nmi);
    EXPECT_EQ(injection_.resume_interrupted(vmcs_), GaveWay::nothing);
    EXPECT_EQ(loaded(), valid | 2u << 8 | 2);
    EXPECT_EQ(vmcs_.get(vmcs::guest_interruptibility), 0u);
}

TEST_F(EventInjectionTest, nmi_gives_way_to_a_fault_and_must_come_again)
{
    vmcs_.set(vmcs::idt_vectoring, valid | 2u << 8 | 2);
    vmcs_.set(vmcs::guest_interruptibility, blocking_by_nmi);
    injection_.raise(Exception::gp);
    EXPECT_EQ(injection_.resume_interrupted(vmcs_), GaveWay::nmi);
    EXPECT_EQ(vmcs_.get(vmcs::guest_interruptibility), 0u);
}

TEST_F(EventInjectionTest, nmi_is_injected_as_one)
{
    injection_.nmi();
    EXPECT_EQ(loaded(), valid | 2u << 8 | 2);
}

} // namespace
} // namespace lintel
