// SPDX-License-Identifier: Apache-2.0
// ACPI soft-off and the ways to reset a PC, best first.
#include "boot/power.hpp"

#include "cpu/io.hpp"
#include "cpu/log.hpp"
#include "cpu/stop.hpp"

namespace lintel {

namespace {

// ACPI Specification, "PM1 Control Grouping": SLP_EN is bit 13, SLP_TYP bits 12:10.
void sleep(std::uint16_t port, std::uint8_t type)
{
    constexpr std::uint16_t enable = 1u << 13;
    if (port != 0)
        out16(port, static_cast<std::uint16_t>(enable | type << 10));
}

} // namespace

void power_off(const Firmware& firmware)
{
    stop_other_cpus();
    log(LogLevel::notice, "machine: off");
    log_flush();
    if (firmware.fadt && firmware.s5) {
        sleep(firmware.fadt->pm1a_control, firmware.s5->a);
        sleep(firmware.fadt->pm1b_control, firmware.s5->b);
    }
    hang();
}

void reset(const Firmware& firmware)
{
    constexpr std::uint16_t reset_control = 0xcf9, keyboard = 0x64;
    stop_other_cpus();
    log(LogLevel::notice, "machine: reboot");
    log_flush();
    if (firmware.fadt && firmware.fadt->reset && firmware.fadt->reset->target.is_port())
        out8(static_cast<std::uint16_t>(firmware.fadt->reset->target.address),
             firmware.fadt->reset->value);
    out8(reset_control, 0x02); // PCI reset control: type, then trigger
    out8(reset_control, 0x06);
    out8(keyboard, 0xfe); // the keyboard controller's pulse on the reset line
    hang();
}

} // namespace lintel
