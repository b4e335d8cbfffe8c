// SPDX-License-Identifier: Apache-2.0
// Exceptions that exit (vmx/controls.hpp says why) go back to the guest; the detour makes room for
// interrupts. NMIs are the hypervisor's own: cpu/stop.hpp.
#pragma once

#include "cpu/registers.hpp"
#include "vmx/controls.hpp"
#include "vmx/event_injection.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

// DR6 as a #DB leaves it. Intel SDM Vol. 3, "Debug Status Register (DR6)" and table "Exit
// Qualification for Debug Exceptions": the exit reports the bits and does not set the register.
constexpr std::uint64_t debug_status_after(std::uint64_t dr6, std::uint64_t qualification)
{
    constexpr std::uint64_t trap_bits = 0xf, reported = 0x600f /* B0..B3, BD, BS */;
    return (dr6 & ~trap_bits) | (qualification & reported);
}

// Prepares the #DB for the guest; returns the new DR6.
std::uint64_t reflect_debug(vmcs::Port auto& port, EventInjection& injection, std::uint64_t dr6)
{
    constexpr std::uint64_t general_detect = 1u << 13;
    const std::uint32_t information = vmcs::read(port, vmcs::exit_interruption);
    injection.raise(Exception::db);
    // INT1 is a trap that carries its own type and length.
    if ((information & interruption::type_mask) == interruption::privileged_software) {
        injection.information =
            interruption::valid | interruption::privileged_software | vector_debug;
        injection.instruction_length = vmcs::read(port, vmcs::exit_instruction_length);
    }
    // Entry checks want a pending single step while the guest single-steps in the shadow of STI
    // or MOV SS.
    const bool shadow =
        (vmcs::read(port, vmcs::guest_interruptibility) & blocking_by_sti_or_mov_ss) != 0;
    if (shadow && single_steps(port))
        vmcs::write(port, vmcs::guest_pending_debug,
                    vmcs::read(port, vmcs::guest_pending_debug) | pending_single_step);
    // Delivery clears DR7.GD, which the exit did not.
    vmcs::write(port, vmcs::guest_dr7, vmcs::read(port, vmcs::guest_dr7) & ~general_detect);
    return debug_status_after(dr6, vmcs::read(port, vmcs::exit_qualification));
}

} // namespace lintel
