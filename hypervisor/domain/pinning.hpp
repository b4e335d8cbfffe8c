// SPDX-License-Identifier: Apache-2.0
// A vCPU of a sealed domain: it uses roots of the record only, in a state that does not change. The vCPU's
// VMCS is current in all of these.
#pragma once

#include "domain/vcpu.hpp"
#include "vmx/port.hpp"

namespace lintel {

// Whether the vCPU's root is one of the record's, and its state is good for a seal.
bool fits_seal(const Vcpu& vcpu, vmcs::MachinePort& port);
// From now on it stays so. Takes what fits, or is fit but for bits of CR4 that it gets here.
void pin_vcpu(Vcpu& vcpu, vmcs::MachinePort& port);
// Before a VM entry: a vCPU of a sealed domain that is not pinned yet is, or ends its domain; and it forgets
// roots that are none any more.
void follow_seal(Vcpu& vcpu, vmcs::MachinePort& port);
// It has forgotten them, or notes that it uses one that leaves.
void forget_roots(Vcpu& vcpu, vmcs::MachinePort& port);
// The vCPU is about to let go of its processor.
void note_root(Vcpu& vcpu, vmcs::MachinePort& port);
// The vCPU goes on with this root, as by MOV to CR3.
void use_root(Vcpu& vcpu, vmcs::MachinePort& port, Gfn root);

// Slot 509 of every root of a sealed domain.
inline std::uint64_t window_entry(const Domain& domain)
{
    constexpr std::uint64_t rights = 0x23; // present, writable, accessed
    return domain.shared.window_root.address() | rights;
}

// TableMemory for seal/: tables of the vCPU's domain, for one call.
class SealedMemory {
public:
    explicit SealedMemory(Vcpu& vcpu) : vcpu_{vcpu} {}

    std::uint64_t* entries(Gfn page)
    {
        if (last_entries_ == nullptr || !(page == last_)) {
            last_ = page;
            last_entries_ = at_frame<std::uint64_t>(vcpu_.domain->map.lookup(page).frame);
        }
        return last_entries_;
    }
    void load_root(Gfn page)
    {
        vmcs::MachinePort port;
        use_root(vcpu_, port, page);
    }

private:
    Vcpu& vcpu_;
    Gfn last_;
    std::uint64_t* last_entries_ = nullptr;
};

} // namespace lintel
