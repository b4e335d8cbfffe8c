// SPDX-License-Identifier: Apache-2.0
// What a vCPU is told at its next entry: an event that an exit interrupted, an NMI, an upcall. One at
// a time; the processor tells when the next can go. Intel SDM Vol. 3, "Interrupt-Window Exiting and
// Virtual-Interrupt Delivery", "NMI-Window Exiting".
#pragma once

#include "domain/vcpu.hpp"
#include "vmx/port.hpp"

namespace lintel {

void deliver(Vcpu& vcpu, vmcs::MachinePort& port);

// Notes what can end the block that the vCPU is about to begin, and forgets a kick that ended one.
void prepare_to_block(Vcpu& vcpu, vmcs::MachinePort& port);
void end_block(Vcpu& vcpu);

// Exits from loops of PAUSE, where the processor has them.
void want_pause_exits(Vcpu& vcpu, vmcs::MachinePort& port, bool wanted);

} // namespace lintel
