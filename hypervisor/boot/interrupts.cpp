// SPDX-License-Identifier: Apache-2.0
// Brings the interrupt controllers into a known state.
#include "boot/interrupts.hpp"

#include "cpu/apic.hpp"
#include "cpu/log.hpp"
#include "domain/irq_devices.hpp"
#include "mm/frame.hpp"
#include "mm/host_map.hpp"

namespace lintel {

namespace {

// ISA interrupts are edge-triggered and active-high, at the GSI of the same number, unless
// overridden.
Line isa_line(const acpi::Madt& madt, std::uint8_t irq)
{
    Line line{irq};
    for (const auto& other : madt.overrides)
        if (other.irq == irq) {
            line.gsi = other.gsi;
            if (other.trigger == acpi::Trigger::level)
                line.trigger = Trigger::level;
            if (other.polarity == acpi::Polarity::low)
                line.polarity = Polarity::low;
        }
    return line;
}

void mask_io_apics(const acpi::Madt& madt)
{
    for (const auto& described : madt.io_apics) {
        if (described.address % page_size != 0) // real ones are; what else it may mean is unsafe
            continue;
        auto page = map_device_page(described.address);
        if (!page.ok() ||
            !io_apics().add(IoApic{MappedRegisters{page.value()}}, described.gsi_base).ok())
            log(LogLevel::warning, "the I/O APIC at {:x} is not used", described.address);
    }
}

} // namespace

void start_interrupts(const Firmware& firmware)
{
    constexpr std::uint8_t com1_irq = 4;
    apic::start();
    mask_io_apics(firmware.madt);
    const Line line = isa_line(firmware.madt, com1_irq);
    keep_irq(line.gsi);
    auto pin = io_apics().find(line.gsi);
    if (!pin.ok() || apic::id() > most_destination) {
        log(LogLevel::warning, "no I/O APIC brings COM1's interrupt: nothing typed there is seen");
        return;
    }
    pin.value().program(Redirection::to(apic::console_vector, line.trigger, line.polarity),
                        static_cast<std::uint8_t>(apic::id()));
}

} // namespace lintel
