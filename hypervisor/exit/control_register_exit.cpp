// SPDX-License-Identifier: Apache-2.0
// MOV to control registers: the rules are exit/control_register.hpp.
#include "exit/handlers.hpp"

#include "exit/control_register.hpp"
#include "exit/sealed_exit.hpp"
#include "vmx/instruction.hpp"

namespace lintel {

void handle_control_register_exit(Vcpu& vcpu, vmcs::MachinePort& port)
{
    if (const auto root = written_root(port, vcpu.registers)) // exits in sealed domains only
        return handle_root_load(vcpu, port, *root);
    switch (handle_control_register(port, vcpu.registers, vcpu.cr8, vcpu.pinned)) {
    case ControlRegisterOutcome::done:
        // MOV to CR0 or CR4 drops translations where the guest executes it; VMWRITE does not.
        if ((vmcs::read(port, vmcs::exit_qualification) & 15) != 8)
            vmcs::invept(vmcs::read(port, vmcs::ept_pointer_field));
        return skip_instruction(port);
    case ControlRegisterOutcome::fault:
        return vcpu.injection.raise(Exception::gp);
    case ControlRegisterOutcome::unsupported:
        return vcpu.domain->crash("paging outside of 64-bit mode is not supported");
    }
}

} // namespace lintel
