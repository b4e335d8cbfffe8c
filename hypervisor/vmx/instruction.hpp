// SPDX-License-Identifier: Apache-2.0
// What the guest was executing: privilege, mode, and stepping over an instruction done on its
// behalf.
#pragma once

#include "cpu/registers.hpp"
#include "vmx/vmcs_fields.hpp"

namespace lintel {

// Bits of the guest interruptibility state and of the pending debug exceptions.
// Intel SDM Vol. 3, "Guest Non-Register State".
inline constexpr std::uint32_t blocking_by_sti_or_mov_ss = 0b11;
inline constexpr std::uint32_t blocking_by_nmi = 1u << 3;
inline constexpr std::uint64_t pending_single_step = 1u << 14;

// Whether the guest gets a #DB after each instruction: TF, unless IA32_DEBUGCTL.BTF makes it a #DB
// after each branch. Where one must be pending, and where none may be, VM entry checks the same.
bool single_steps(vmcs::Port auto& port)
{
    constexpr std::uint64_t branches_only = 1u << 1;
    return (vmcs::read(port, vmcs::guest_rflags) & rflags::tf) != 0 &&
           (vmcs::read(port, vmcs::guest_debugctl) & branches_only) == 0;
}

// A debug exception that the next entry delivers, before any interrupt and instead of halting.
bool debug_exception_pends(vmcs::Port auto& port)
{
    constexpr std::uint64_t enabled_breakpoint = 1u << 12;
    return (vmcs::read(port, vmcs::guest_pending_debug) &
            (pending_single_step | enabled_breakpoint)) != 0;
}

// The current privilege level is SS.DPL. Intel SDM Vol. 3, "Guest Register State".
unsigned privilege_level(vmcs::Port auto& port)
{
    return vmcs::read(port, vmcs::guest_ss_rights) >> 5 & 3;
}

bool in_64_bit_code(vmcs::Port auto& port)
{
    constexpr std::uint32_t long_code = 1u << 13;
    return (vmcs::read(port, vmcs::guest_efer) & 1u << 10) != 0 &&
           (vmcs::read(port, vmcs::guest_cs_rights) & long_code) != 0;
}

// Where execution goes on after `length` bytes at `rip`. VM entry refuses what lies beyond the end
// of the address space, and a user process can get there: 32-bit code wraps to 0, as the processor
// does; 64-bit code goes on in the upper half, where the fetch faults, instead of in the hole.
std::uint64_t next_rip(vmcs::Port auto& port, std::uint64_t rip, std::uint32_t length)
{
    const std::uint64_t next = rip + length;
    if (next >> 32 != rip >> 32 && !in_64_bit_code(port))
        return next & 0xffff'ffff;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(next << 16) >> 16);
}

// Moves RIP on, ends the shadow of a preceding STI or MOV SS, and keeps single-stepping exact.
void skip_instruction(vmcs::Port auto& port)
{
    vmcs::write(port, vmcs::guest_rip,
                next_rip(port, vmcs::read(port, vmcs::guest_rip),
                         vmcs::read(port, vmcs::exit_instruction_length)));
    const std::uint32_t blocking = vmcs::read(port, vmcs::guest_interruptibility);
    if ((blocking & blocking_by_sti_or_mov_ss) != 0)
        vmcs::write(port, vmcs::guest_interruptibility, blocking & ~blocking_by_sti_or_mov_ss);
    if (single_steps(port))
        vmcs::write(port, vmcs::guest_pending_debug,
                    vmcs::read(port, vmcs::guest_pending_debug) | pending_single_step);
}

} // namespace lintel
