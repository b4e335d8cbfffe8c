// SPDX-License-Identifier: Apache-2.0
// What happens for each exit reason. The vCPU's VMCS is current; handlers change the vCPU, or crash
// its domain, never anything else.
#pragma once

#include "domain/vcpu.hpp"
#include "vmx/exit_reason.hpp"
#include "vmx/port.hpp"

namespace lintel {

// Takes a physical interrupt: from an exit, or from the idle loop.
void handle_physical_interrupt(Vcpu& vcpu, std::uint8_t vector);

// Dispatches one exit and counts it.
void handle_exit(Vcpu& vcpu, vmcs::MachinePort& port);

// The reasons that no well-behaved guest causes.
void handle_rare_exit(Vcpu& vcpu, ExitReason reason);

// Prints what is known of the vCPU: before its domain dies, and in a panic.
void log_vcpu(const Vcpu& vcpu);

} // namespace lintel
