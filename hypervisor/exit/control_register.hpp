// SPDX-License-Identifier: Apache-2.0
// MOV to CR0, CR4 and CR8 where the guest does not own the bits. Intel SDM Vol. 3, "Control
// Registers"; table "Exit Qualification for Control-Register Accesses". Guests page in 64-bit mode
// or not at all.
#pragma once

#include <cstdint>
#include <optional>

#include "cpu/msr.hpp"
#include "cpu/registers.hpp"
#include "vmx/control_register_bits.hpp"
#include "vmx/controls.hpp"
#include "vmx/guest_registers.hpp"
#include "vmx/instruction.hpp"
#include "vmx/pinned_state.hpp"
#include "vmx/vmcs_fields.hpp"

namespace lintel {

enum class ControlRegisterOutcome : std::uint8_t {
    done,       // step over the instruction
    fault,      // #GP(0)
    unsupported // a mode this hypervisor does not run: the end of the domain
};

// CR0 as the guest wrote it. Nothing is changed unless the result is done. `pinned`: by a seal,
// vmx/pinned_state.hpp.
ControlRegisterOutcome guest_write_cr0(vmcs::Port auto& port, std::uint64_t value,
                                       bool pinned = false)
{
    using enum ControlRegisterOutcome;
    value |= cr0::et;
    const std::uint64_t old = vmcs::read(port, vmcs::guest_cr0);
    const bool paging = (value & cr0::pg) != 0, was_paging = (old & cr0::pg) != 0;
    if (value >> 32 != 0 || (paging && (value & cr0::pe) == 0) ||
        ((value & cr0::nw) != 0 && (value & cr0::cd) == 0) ||
        (pinned && (value & cr0_kept_set) != cr0_kept_set))
        return fault;

    if (paging != was_paging) {
        constexpr std::uint32_t long_code = 1u << 13;
        const std::uint64_t cr4 = vmcs::read(port, vmcs::guest_cr4);
        std::uint64_t efer = vmcs::read(port, vmcs::guest_efer);
        std::uint32_t entry = vmcs::read(port, vmcs::entry_controls);
        if ((vmcs::read(port, vmcs::guest_cs_rights) & long_code) != 0)
            return fault; // in 64-bit code paging cannot be switched
        if (paging) {
            if ((efer & efer::lme) == 0)
                return unsupported;
            if ((cr4 & cr4::pae) == 0)
                return fault;
            efer |= efer::lma;
            entry |= entry_control::ia32e_guest;
        } else {
            if ((cr4 & cr4::pcide) != 0)
                return fault;
            efer &= ~efer::lma;
            entry &= ~entry_control::ia32e_guest;
        }
        vmcs::write(port, vmcs::guest_efer, efer);
        vmcs::write(port, vmcs::entry_controls, entry);
    }
    vmcs::write(port, vmcs::guest_cr0, (value & cr0::defined & ~(cr0::cd | cr0::nw)) | cr0::ne);
    vmcs::write(port, vmcs::cr0_shadow, value & cr0::defined);
    return done;
}

// Exits only when a bit that the guest does not own differs from what the guest last saw.
ControlRegisterOutcome guest_write_cr4(vmcs::Port auto& port, std::uint64_t value,
                                       bool pinned = false)
{
    using enum ControlRegisterOutcome;
    std::uint64_t owned = cr4_guest_owned & ~vmcs::read(port, vmcs::cr4_mask);
    if (pinned)
        owned |= vmcs::read(port, vmcs::guest_cr4) & cr4_kept_set; // no others come, none goes
    const std::uint64_t allowed = owned | cr4_mce;
    const std::uint64_t old = vmcs::read(port, vmcs::guest_cr4);
    const bool long_mode = (vmcs::read(port, vmcs::guest_efer) & efer::lma) != 0;
    const std::uint64_t changed = value ^ old;
    if (pinned && (~value & old & cr4_kept_set) != 0)
        return fault;
    if ((value & ~allowed) != 0 || (long_mode && (value & cr4::pae) == 0))
        return fault;
    // What the processor checks when it executes the instruction itself.
    if ((changed & value & cr4::pcide) != 0 &&
        (!long_mode || (vmcs::read(port, vmcs::guest_cr3) & 0xfff) != 0))
        return fault;
    vmcs::write(port, vmcs::guest_cr4, (old & ~allowed) | (value & owned) | (old & cr4_mce));
    vmcs::write(port, vmcs::cr4_shadow, value);
    return done;
}

// What MOV to CR3 is to store there; none, if it is another access.
std::optional<std::uint64_t> written_root(vmcs::Port auto& port, GuestRegisters& registers)
{
    const std::uint64_t qualification = vmcs::read(port, vmcs::exit_qualification);
    if ((qualification & 15) != 3 || (qualification >> 4 & 3) != 0)
        return std::nullopt;
    const std::uint64_t* const operand = registers.by_number(qualification >> 8 & 15);
    return operand != nullptr ? *operand : vmcs::read(port, vmcs::guest_rsp);
}

// The exit as a whole. `cr8` is the guest's task priority, which has no APIC to act on.
ControlRegisterOutcome handle_control_register(vmcs::Port auto& port, GuestRegisters& registers,
                                               std::uint8_t& cr8, bool pinned = false)
{
    using enum ControlRegisterOutcome;
    enum Access : unsigned {
        mov_to,
        mov_from,
        clts,
        lmsw
    };
    const std::uint64_t qualification = vmcs::read(port, vmcs::exit_qualification);
    const unsigned number = qualification & 15, access = qualification >> 4 & 3;
    std::uint64_t* const operand = registers.by_number(qualification >> 8 & 15);

    if (access == mov_from) { // only CR8 exits on reading
        if (operand != nullptr)
            *operand = cr8;
        else
            vmcs::write(port, vmcs::guest_rsp, cr8);
        return done;
    }
    if (access == clts) // TS is the guest's own bit: never exits
        return unsupported;
    if (access == lmsw) {
        constexpr std::uint64_t writable = 0xe;
        const std::uint64_t source = qualification >> 16 & 0xf;
        const std::uint64_t old = vmcs::read(port, vmcs::cr0_shadow) & cr0_host_owned;
        const std::uint64_t own = vmcs::read(port, vmcs::guest_cr0) & ~cr0_host_owned & ~writable;
        return guest_write_cr0(port, old | own | source, pinned); // PE can be set, not cleared
    }
    std::uint64_t value = operand != nullptr ? *operand : vmcs::read(port, vmcs::guest_rsp);
    if (!in_64_bit_code(port)) // the operand has 32 bits; the upper half may hold anything
        value &= 0xffff'ffff;
    switch (number) {
    case 0:
        return guest_write_cr0(port, value, pinned);
    case 4:
        return guest_write_cr4(port, value, pinned);
    case 8:
        if (value > 15)
            return fault;
        cr8 = static_cast<std::uint8_t>(value);
        return done;
    default:
        return unsupported;
    }
}

} // namespace lintel
