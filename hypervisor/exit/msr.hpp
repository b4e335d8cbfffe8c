// SPDX-License-Identifier: Apache-2.0
// MSR accesses that exit. Which ones do not is vmx/msr_bitmap.hpp's to say. Contract:
// docs/abi/cpuid.md.
#pragma once

#include <cstdint>

#include "cpu/msr.hpp"
#include "cpu/registers.hpp"
#include "support/result.hpp"
#include "vmx/vmcs_fields.hpp"

namespace lintel {

// An error becomes #GP in the guest. `machine_msr` reads the processor's own.
inline Result<std::uint64_t> guest_read_msr(vmcs::Port auto& port, Msr msr, auto machine_msr)
{
    constexpr std::uint64_t fast_strings = 1, no_branch_trace = 1u << 11, no_pebs = 1u << 12;
    switch (msr) {
    case Msr::misc_enable:
        // The processor's word on its string instructions: kernels choose their copy loops by it.
        return (machine_msr(msr) & fast_strings) | no_branch_trace | no_pebs;
    case Msr::arch_capabilities:
        return machine_msr(msr);
    case Msr::microcode_revision:
        return std::uint64_t{0};
    case Msr::debugctl:
        return vmcs::read(port, vmcs::guest_debugctl);
    default:
        return Error::not_permitted;
    }
}

// Intel SDM Vol. 3, "Extended Feature Enable Register": LMA follows CR0.PG and is not written.
inline Result<> guest_write_efer(vmcs::Port auto& port, std::uint64_t value, bool pinned = false)
{
    constexpr std::uint64_t known = efer::sce | efer::lme | efer::lma | efer::nxe;
    const std::uint64_t old = vmcs::read(port, vmcs::guest_efer);
    const bool paging = (vmcs::read(port, vmcs::guest_cr0) & cr0::pg) != 0;
    if ((value & ~known) != 0 || (paging && ((value ^ old) & efer::lme) != 0) ||
        (pinned && (value & efer::nxe) == 0)) // by a seal: vmx/pinned_state.hpp
        return Error::bad_argument;
    vmcs::write(port, vmcs::guest_efer, (value & ~efer::lma) | (old & efer::lma));
    return {};
}

inline Result<> guest_write_msr(vmcs::Port auto& port, Msr msr, std::uint64_t value,
                                bool pinned = false)
{
    constexpr std::uint64_t branch_single_step = 1u << 1;
    switch (msr) {
    case Msr::efer:
        return guest_write_efer(port, value, pinned);
    case Msr::misc_enable:        // nothing to switch; Linux clears its CPUID limit here
    case Msr::microcode_revision: // written as zero before the revision is read
        return {};
    case Msr::debugctl:
        if ((value & ~branch_single_step) != 0)
            return Error::bad_argument;
        vmcs::write(port, vmcs::guest_debugctl, value);
        return {};
    default:
        return Error::not_permitted;
    }
}

} // namespace lintel
