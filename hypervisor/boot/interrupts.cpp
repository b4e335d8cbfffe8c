// SPDX-License-Identifier: Apache-2.0
// Brings the interrupt controllers into a known state.
#include "boot/interrupts.hpp"

#include "cpu/apic.hpp"
#include "cpu/io_apic.hpp"
#include "cpu/log.hpp"
#include "mm/frame.hpp"
#include "mm/host_map.hpp"

namespace lintel {

namespace {

using MappedIoApic = IoApic<MappedRegisters>;

struct Line {
    std::uint32_t gsi;
    MappedIoApic::Trigger trigger = MappedIoApic::Trigger::edge;
    MappedIoApic::Polarity polarity = MappedIoApic::Polarity::high;
};

// ISA interrupts are edge-triggered and active-high, at the GSI of the same number, unless
// overridden.
Line isa_line(const acpi::Madt& madt, std::uint8_t irq)
{
    Line line{irq};
    for (const auto& other : madt.overrides)
        if (other.irq == irq) {
            line.gsi = other.gsi;
            if (other.trigger == acpi::Trigger::level)
                line.trigger = MappedIoApic::Trigger::level;
            if (other.polarity == acpi::Polarity::low)
                line.polarity = MappedIoApic::Polarity::low;
        }
    return line;
}

} // namespace

void start_interrupts(const Firmware& firmware)
{
    constexpr std::uint8_t com1_irq = 4;
    const Line line = isa_line(firmware.madt, com1_irq);
    bool bound = false;
    apic::start();
    for (const auto& described : firmware.madt.io_apics) {
        if (described.address % page_size !=
            0) // real ones are; what else the table may mean is unsafe
            continue;
        auto page = map_device_page(described.address);
        if (!page.ok())
            continue;
        const MappedIoApic io_apic{MappedRegisters{page.value()}};
        io_apic.mask_all();
        if (line.gsi < described.gsi_base || line.gsi - described.gsi_base >= io_apic.pins())
            continue;
        io_apic.bind(line.gsi - described.gsi_base, apic::console_vector, line.trigger,
                     line.polarity, apic::id());
        bound = true;
    }
    if (!bound)
        log(LogLevel::warning, "no I/O APIC has COM1's interrupt: nothing typed there is seen");
}

} // namespace lintel
