// SPDX-License-Identifier: Apache-2.0
// Exceptions and NMIs: what goes back to the guest is exit/exception.hpp.
#include "exit/handlers.hpp"

#include "cpu/idt.hpp"
#include "cpu/panic.hpp"
#include "cpu/registers.hpp"
#include "cpu/stop.hpp"
#include "exit/exception.hpp"
#include "exit/sealed_exit.hpp"

namespace lintel {

void handle_exception(Vcpu& vcpu, vmcs::MachinePort& port)
{
    const std::uint32_t information = vmcs::read(port, vmcs::exit_interruption);
    if ((information & interruption::type_mask) == interruption::nmi) {
        unblock_nmi();
        return take_nmi();
    }
    switch (information & interruption::vector_mask) {
    case vector_debug:
        if (end_step(vcpu, port))
            return;
        return write_dr6(reflect_debug(port, vcpu.injection, read_dr6()));
    case vector_alignment:
        return vcpu.injection.raise(Exception::ac);
    case vector_machine_check:
        panic("machine check");
    default:
        panic("an exception exited that was not asked for");
    }
}

} // namespace lintel
