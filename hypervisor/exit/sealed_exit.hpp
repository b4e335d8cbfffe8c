// SPDX-License-Identifier: Apache-2.0
// Exits that only sealed page tables cause: loads of CR3, and stores to what the guest may not store to.
#pragma once

#include "domain/vcpu.hpp"
#include "vmx/port.hpp"

namespace lintel {

// MOV to CR3.
void handle_root_load(Vcpu& vcpu, vmcs::MachinePort& port, std::uint64_t value);
// Whether the EPT violation is a store to a protected frame: then it has been dealt with.
bool handle_protected_store(Vcpu& vcpu, vmcs::MachinePort& port, Gfn gfn,
                            std::uint64_t qualification);
// After #DB: whether it only ended the one instruction that check mode let through.
bool end_step(Vcpu& vcpu, vmcs::MachinePort& port);

} // namespace lintel
