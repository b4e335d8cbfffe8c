// SPDX-License-Identifier: Apache-2.0
// IN and OUT at ports the domain does not have.
#include "exit/handlers.hpp"

#include "exit/port_io.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

void handle_port_io(Vcpu& vcpu, vmcs::MachinePort& port)
{
    ++vcpu.stats().ports_refused;
    if (!refuse_port_access(vmcs::read(port, vmcs::exit_qualification), vcpu.registers.rax).ok())
        return vcpu.injection.raise(Exception::gp);
    skip_instruction(port);
}

} // namespace lintel
