// SPDX-License-Identifier: Apache-2.0
// The machine's I/O APICs, and the one table of device interrupts, which names ports of dom0.
#include "domain/irq_devices.hpp"

#include "cpu/apic.hpp"
#include "cpu/log.hpp"
#include "domain/dom0.hpp"

namespace lintel {

namespace {

constinit MachineIoApics chips;
constinit IrqTable irqs{chips};

// A device that dom0 lets write wild messages can make any number of these.
void log_noise(std::uint8_t vector)
{
    const std::uint64_t so_far = irqs.noise().unbound;
    if ((so_far & (so_far - 1)) == 0) // at powers of two
        log(LogLevel::warning, "interrupt {:x}, which nobody has bound; {} of that kind so far",
            vector, so_far);
}

} // namespace

MachineIoApics& io_apics()
{
    return chips;
}

void keep_irq(std::uint32_t gsi)
{
    irqs.keep(gsi);
}

Result<Port> bind_irq(Domain& domain, Line line, VcpuIndex vcpu, std::uint8_t apic_id)
{
    assert(domain.privileged);
    return irqs.bind_line(domain.events, line, vcpu, apic_id);
}

Result<Port> bind_msi(Domain& domain, VcpuIndex vcpu, std::uint8_t apic_id, lintel_msi& message)
{
    assert(domain.privileged);
    return irqs.bind_message(domain.events, vcpu, apic_id, message);
}

Result<> end_irq(Domain& domain, Port port)
{
    return irqs.end(domain.events, port);
}

void release_irq(std::uint8_t vector)
{
    irqs.release(vector);
}

void device_interrupt(std::uint8_t vector)
{
    auto port = irqs.take(vector);
    apic::end_of_interrupt(); // after a line was masked, or it would interrupt again
    if (!port.ok())
        log_noise(vector);
    else if (port.value() != 0)
        dom0().events.raise_irq(port.value());
}

} // namespace lintel
