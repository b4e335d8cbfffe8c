// SPDX-License-Identifier: Apache-2.0
// Physical interrupts, from an exit or from the idle loop.
#include "exit/handlers.hpp"

#include "cpu/apic.hpp"
#include "cpu/console.hpp"
#include "cpu/log.hpp"
#include "domain/dom0.hpp"
#include "domain/grace_period.hpp"
#include "domain/irq_devices.hpp"
#include "sched/time.hpp"

namespace lintel {

namespace {

void take_own_interrupt(std::uint8_t vector)
{
    apic::end_of_interrupt();
    switch (vector) {
    case apic::timer_vector:
        return sched::timer_interrupt();
    case apic::console_vector:
        if (console_receive())
            dom0().events.raise_virq(LINTEL_VIRQ_CONSOLE, 0);
        return;
    case apic::kick_vector: // the loop that it interrupted looks again
        return note_quiet();
    default:
        ++this_cpu().noise; // a message of a device's own making
    }
}

} // namespace

void handle_interrupt_exit(Vcpu&, vmcs::MachinePort& port)
{
    const std::uint32_t information = vmcs::read(port, vmcs::exit_interruption);
    handle_physical_interrupt(information & interruption::vector_mask);
}

void handle_physical_interrupt(std::uint8_t vector)
{
    if (vector == apic::spurious_vector && !apic::spurious_is_in_service())
        return;
    if (is_device_vector(vector))
        device_interrupt(vector);
    else
        take_own_interrupt(vector);
    log_drain(); // a guest that never idles must not keep the log back
}

} // namespace lintel
