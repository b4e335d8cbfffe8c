// SPDX-License-Identifier: Apache-2.0
// From the exit reason to its handler.
#pragma once

#include "domain/vcpu.hpp"
#include "vmx/port.hpp"

namespace lintel {

// What an exit leaves to do before the next entry.
enum class AfterExit : std::uint8_t {
    look,  // whatever there may be
    enter, // nothing, unless this CPU is to look again (cpu/this_cpu.hpp)
};

// Counts the exit, handles it, and prepares an interrupted event to be delivered again.
AfterExit handle_exit(Vcpu& vcpu, vmcs::MachinePort& port);

} // namespace lintel
