// SPDX-License-Identifier: Apache-2.0
// Physical interrupts, from an exit or from the idle loop.
#include "exit/handlers.hpp"

#include "cpu/apic.hpp"
#include "cpu/console.hpp"
#include "cpu/log.hpp"
#include "sched/time.hpp"

namespace lintel {

void handle_interrupt_exit(Vcpu& vcpu, vmcs::MachinePort& port)
{
    const std::uint32_t information = vmcs::read(port, vmcs::exit_interruption);
    handle_physical_interrupt(vcpu, information & interruption::vector_mask);
}

void handle_physical_interrupt(Vcpu& vcpu, std::uint8_t vector)
{
    if (vector == apic::spurious_vector && !apic::spurious_is_in_service())
        return;
    apic::end_of_interrupt();
    switch (vector) {
    case apic::timer_vector:
        sched::timer_interrupt(vcpu);
        break;
    case apic::console_vector:
        if (console_receive())
            vcpu.domain->events.raise_virq(LINTEL_VIRQ_CONSOLE, 0);
        break;
    default:
        log(LogLevel::warning, "unexpected interrupt {:x}", vector);
    }
    log_drain(); // a guest that never idles must not keep the log back
}

} // namespace lintel
