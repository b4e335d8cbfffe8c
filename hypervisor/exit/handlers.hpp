// SPDX-License-Identifier: Apache-2.0
// What happens for each exit reason, one file each. The vCPU's VMCS is current; a handler changes
// the vCPU, or crashes its domain, never anything else.
#pragma once

#include "domain/vcpu.hpp"
#include "vmx/exit_reason.hpp"
#include "vmx/port.hpp"

namespace lintel {

void handle_control_register_exit(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_cpuid(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_ept_violation(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_exception(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_interrupt_exit(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_msr_read(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_msr_write(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_port_io(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_rare_exit(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_vmcall(Vcpu& vcpu, vmcs::MachinePort& port);
void handle_xsetbv(Vcpu& vcpu, vmcs::MachinePort& port);

// Takes a physical interrupt: from an exit, or from the idle loop.
void handle_physical_interrupt(std::uint8_t vector);

// Prints what is known of the vCPU: before its domain dies, and in a panic.
void log_vcpu(const Vcpu& vcpu);

} // namespace lintel
