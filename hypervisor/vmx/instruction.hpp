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
inline constexpr std::uint64_t pending_single_step = 1u << 14;

// Moves RIP on, ends the shadow of a preceding STI or MOV SS, and keeps single-stepping exact.
void skip_instruction(vmcs::Port auto& port)
{
    vmcs::write(port, vmcs::guest_rip,
                vmcs::read(port, vmcs::guest_rip) +
                    vmcs::read(port, vmcs::exit_instruction_length));
    const std::uint32_t blocking = vmcs::read(port, vmcs::guest_interruptibility);
    if ((blocking & blocking_by_sti_or_mov_ss) != 0)
        vmcs::write(port, vmcs::guest_interruptibility, blocking & ~blocking_by_sti_or_mov_ss);
    if ((vmcs::read(port, vmcs::guest_rflags) & rflags::tf) != 0)
        vmcs::write(port, vmcs::guest_pending_debug,
                    vmcs::read(port, vmcs::guest_pending_debug) | pending_single_step);
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

} // namespace lintel
