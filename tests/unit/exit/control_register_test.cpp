// SPDX-License-Identifier: Apache-2.0
// CR0, CR4 and CR8: what the processor would refuse is refused, mode switches reach EFER and the
// entry controls, and nothing the hypervisor needs can be switched off.
#include "exit/control_register.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_vmcs.hpp"

namespace lintel {
namespace {

using enum ControlRegisterOutcome;

constexpr std::uint32_t long_code = 1u << 13, ia32e = entry_control::ia32e_guest;
constexpr std::uint64_t em = 1u << 2, ts = 1u << 3, mp = 1u << 1;
constexpr std::uint64_t long_mode = efer::lme | efer::lma;

class ControlRegisterTest : public testing::Test {
protected:
    // 32-bit protected mode without paging, as a PVH kernel starts.
    ControlRegisterTest()
    {
        vmcs_.set(vmcs::guest_cr0, cr0::pe | cr0::et | cr0::ne).set(vmcs::cr0_shadow, cr0::pe);
        vmcs_.set(vmcs::guest_cr4, cr4::vmxe | cr4_mce);
        vmcs_.set(vmcs::entry_controls, entry_control::wanted);
    }
    void enter_long_mode()
    {
        vmcs_.set(vmcs::guest_cr0, cr0::pe | cr0::et | cr0::ne | cr0::pg);
        vmcs_.set(vmcs::cr0_shadow, cr0::pe | cr0::et | cr0::pg);
        vmcs_.set(vmcs::guest_cr4, cr4::vmxe | cr4_mce | cr4::pae).set(vmcs::cr4_shadow, cr4::pae);
        vmcs_.set(vmcs::guest_efer, long_mode);
        vmcs_.set(vmcs::entry_controls, entry_control::wanted | ia32e);
    }
    FakeVmcs vmcs_;
};
using Cr0Test = ControlRegisterTest;
using Cr4Test = ControlRegisterTest;

TEST_F(Cr0Test, paging_on_with_lme_enters_long_mode)
{
    vmcs_.set(vmcs::guest_efer, efer::lme).set(vmcs::guest_cr4, cr4::pae | cr4::vmxe);
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe | cr0::pg), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_efer), long_mode);
    EXPECT_EQ(vmcs_.get(vmcs::entry_controls), entry_control::wanted | ia32e);
    EXPECT_EQ(vmcs_.get(vmcs::guest_cr0), cr0::pe | cr0::et | cr0::ne | cr0::pg);
    EXPECT_EQ(vmcs_.get(vmcs::cr0_shadow), cr0::pe | cr0::et | cr0::pg);
}

TEST_F(Cr0Test, paging_off_leaves_long_mode)
{
    enter_long_mode();
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_efer), efer::lme);
    EXPECT_EQ(vmcs_.get(vmcs::entry_controls), entry_control::wanted);
}

TEST_F(Cr0Test, mode_switches_the_processor_refuses_fault_and_change_nothing)
{
    vmcs_.set(vmcs::guest_efer, efer::lme);
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe | cr0::pg), fault); // no PAE
    vmcs_.set(vmcs::guest_cr4, cr4::pae).set(vmcs::guest_cs_rights, long_code);
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe | cr0::pg), fault); // CS.L before long mode
    enter_long_mode();
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe), fault); // from 64-bit code
    vmcs_.set(vmcs::guest_cs_rights, 0).set(vmcs::guest_cr4, cr4::pae | cr4::pcide);
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe), fault); // with PCIDE
    EXPECT_EQ(vmcs_.writes(), 0u);
}

TEST_F(Cr0Test, paging_outside_of_long_mode_is_unsupported)
{
    vmcs_.set(vmcs::guest_cr4, cr4::pae);
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe | cr0::pg), unsupported);
    EXPECT_EQ(vmcs_.writes(), 0u);
}

TEST_F(Cr0Test, illegal_combinations_and_upper_bits_fault)
{
    for (const std::uint64_t value :
         {cr0::pg, cr0::pe | cr0::nw, cr0::pe | 1ul << 32, cr0::pe | 1ul << 63, ~0ul})
        EXPECT_EQ(guest_write_cr0(vmcs_, value), fault) << std::hex << value;
    EXPECT_EQ(vmcs_.writes(), 0u);
}

TEST_F(Cr0Test, caching_bits_are_shown_but_do_not_take_effect)
{
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe | cr0::cd | cr0::nw), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_cr0) & (cr0::cd | cr0::nw), 0u);
    EXPECT_EQ(vmcs_.get(vmcs::cr0_shadow), cr0::pe | cr0::et | cr0::cd | cr0::nw);
}

TEST_F(Cr0Test, ne_stays_on_and_undefined_bits_are_ignored)
{
    EXPECT_EQ(guest_write_cr0(vmcs_, cr0::pe | 1u << 20), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_cr0), cr0::pe | cr0::et | cr0::ne);
    EXPECT_EQ(vmcs_.get(vmcs::cr0_shadow), cr0::pe | cr0::et);
}

TEST_F(Cr4Test, vmxe_and_mce_stay_on_behind_the_shadow)
{
    EXPECT_EQ(guest_write_cr4(vmcs_, cr4::pae | cr4::osfxsr), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_cr4), cr4::vmxe | cr4_mce | cr4::pae | cr4::osfxsr);
    EXPECT_EQ(vmcs_.get(vmcs::cr4_shadow), cr4::pae | cr4::osfxsr);
    EXPECT_EQ(guest_write_cr4(vmcs_, cr4::pae | cr4_mce), done);
    EXPECT_EQ(vmcs_.get(vmcs::cr4_shadow), cr4::pae | cr4_mce);
}

TEST_F(Cr4Test, bits_outside_of_what_guests_may_have_fault)
{
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t value = 1ul << bit;
        const bool allowed = (value & (cr4_guest_owned | cr4_mce)) != 0;
        EXPECT_TRUE(allowed || guest_write_cr4(vmcs_, value) == fault) << bit;
    }
    EXPECT_EQ(vmcs_.writes(), 0u);
    EXPECT_EQ((cr4_guest_owned | cr4_mce) & (cr4::vmxe | cr4::smxe | cr4::la57), 0u);
}

TEST_F(Cr4Test, pae_stays_on_in_long_mode)
{
    enter_long_mode();
    EXPECT_EQ(guest_write_cr4(vmcs_, cr4::osfxsr), fault);
}

TEST_F(Cr4Test, pcide_needs_long_mode_and_a_cr3_without_pcid)
{
    EXPECT_EQ(guest_write_cr4(vmcs_, cr4::pae | cr4::pcide), fault);
    enter_long_mode();
    vmcs_.set(vmcs::guest_cr3, 0x1001);
    EXPECT_EQ(guest_write_cr4(vmcs_, cr4::pae | cr4::pcide), fault);
    vmcs_.set(vmcs::guest_cr3, 0x1000);
    EXPECT_EQ(guest_write_cr4(vmcs_, cr4::pae | cr4::pcide), done);
    vmcs_.set(vmcs::guest_cr3, 0x1001); // once it is on, CR3 holds a PCID
    EXPECT_EQ(guest_write_cr4(vmcs_, cr4::pae | cr4::pcide | cr4_mce), done);
}

// The exit as a whole, by its qualification: register, access, operand.
class ExitTest : public ControlRegisterTest {
protected:
    ControlRegisterOutcome exit(std::uint64_t qualification)
    {
        vmcs_.set(vmcs::exit_qualification, qualification);
        return handle_control_register(vmcs_, registers_, cr8_);
    }
    static constexpr std::uint64_t mov_from = 1u << 4, clts = 2u << 4, lmsw = 3u << 4;
    static constexpr std::uint64_t rsp = 4u << 8, r15 = 15u << 8;
    GuestRegisters registers_;
    std::uint8_t cr8_ = 0;
};

TEST_F(ExitTest, operand_comes_from_any_register_and_rsp_from_the_vmcs)
{
    registers_.r15 = cr0::pe | mp;
    EXPECT_EQ(exit(r15), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_cr0) & mp, mp);
    vmcs_.set(vmcs::guest_rsp, cr4::pae);
    EXPECT_EQ(exit(4 | rsp), done);
    EXPECT_EQ(vmcs_.get(vmcs::cr4_shadow), cr4::pae);
}

TEST_F(ExitTest, only_mov_to_cr3_is_a_root)
{
    for (unsigned number = 0; number < 16; ++number)
        for (unsigned access = 0; access < 4; ++access) {
            vmcs_.set(vmcs::exit_qualification, number | access << 4);
            EXPECT_EQ(written_root(vmcs_, registers_).has_value(), number == 3 && access == 0);
        }
    registers_.rbx = 0x5000;
    vmcs_.set(vmcs::guest_rsp, 0x6000);
    vmcs_.set(vmcs::exit_qualification, 3 | 3 << 8);
    EXPECT_EQ(written_root(vmcs_, registers_), 0x5000u);
    vmcs_.set(vmcs::exit_qualification, 3 | 4 << 8);
    EXPECT_EQ(written_root(vmcs_, registers_), 0x6000u);
}

TEST_F(Cr0Test, a_seal_keeps_paging_and_write_protection)
{
    enter_long_mode();
    const std::uint64_t all = cr0::pe | cr0::pg | cr0::wp;
    vmcs_.set(vmcs::guest_cr0, all | cr0::ne | cr0::et);
    for (const std::uint64_t bit : {cr0::pg, cr0::wp})
        EXPECT_EQ(guest_write_cr0(vmcs_, all & ~bit, true), fault);
    EXPECT_EQ(vmcs_.writes(), 0u);
    EXPECT_EQ(guest_write_cr0(vmcs_, all | ts, true), done);
    EXPECT_EQ(guest_write_cr0(vmcs_, (all | ts) & ~cr0::wp), done); // without one
}

TEST_F(Cr4Test, a_seal_keeps_what_is_set_and_lets_nothing_of_it_come)
{
    enter_long_mode();
    const std::uint64_t now = cr4::pae | cr4::smep;
    vmcs_.set(vmcs::guest_cr4, cr4::vmxe | cr4_mce | now).set(vmcs::cr4_shadow, now);
    vmcs_.set(vmcs::cr4_mask, ~cr4_guest_owned | cr4_pinned);
    for (const std::uint64_t value : {now & ~cr4::smep, now & ~cr4::pae, now | cr4::smap,
                                      now | cr4::pcide, now | cr4::la57})
        EXPECT_EQ(guest_write_cr4(vmcs_, value, true), fault) << value;
    EXPECT_EQ(vmcs_.writes(), 0u);
    EXPECT_EQ(guest_write_cr4(vmcs_, now | cr4::osfxsr, true), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_cr4), cr4::vmxe | cr4_mce | now | cr4::osfxsr);
}

TEST_F(ExitTest, cr8_holds_four_bits)
{
    registers_.rax = 15;
    EXPECT_EQ(exit(8), done);
    EXPECT_EQ(cr8_, 15);
    for (const std::uint64_t value : {16ul, 0x100ul, ~0ul}) {
        registers_.rax = value;
        EXPECT_EQ(exit(8), fault);
    }
    EXPECT_EQ(exit(8 | mov_from | r15), done);
    EXPECT_EQ(registers_.r15, 15u);
    EXPECT_EQ(exit(8 | mov_from | rsp), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_rsp), 15u);
}

TEST_F(ExitTest, lmsw_sets_pe_and_cannot_clear_it)
{
    constexpr std::uint64_t wp = cr0::wp;
    vmcs_.set(vmcs::guest_cr0, cr0::et | cr0::ne | ts | wp).set(vmcs::cr0_shadow, cr0::et);
    EXPECT_EQ(exit(lmsw | (cr0::pe | mp) << 16), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_cr0), cr0::pe | cr0::et | cr0::ne | mp | wp); // TS is cleared
    EXPECT_EQ(exit(lmsw | em << 16), done);
    EXPECT_EQ(vmcs_.get(vmcs::guest_cr0), cr0::pe | cr0::et | cr0::ne | em | wp);
}

TEST_F(ExitTest, exits_that_were_not_asked_for_are_unsupported)
{
    EXPECT_EQ(exit(clts), unsupported);
    for (const std::uint64_t number : {1, 2, 3, 5, 9, 15})
        EXPECT_EQ(exit(number), unsupported) << number;
}

} // namespace
} // namespace lintel
