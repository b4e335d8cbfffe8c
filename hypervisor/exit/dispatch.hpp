// SPDX-License-Identifier: Apache-2.0
// From the exit reason to its handler.
#pragma once

#include "domain/vcpu.hpp"
#include "vmx/port.hpp"

namespace lintel {

// Counts the exit, handles it, and prepares an interrupted event to be delivered again.
void handle_exit(Vcpu& vcpu, vmcs::MachinePort& port);

} // namespace lintel
