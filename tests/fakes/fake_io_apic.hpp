// SPDX-License-Identifier: Apache-2.0
// An I/O APIC for tests: index register and window, lines that devices drive, and the interrupts
// that come of it. Keeps every write to an entry in order. Intel 82093AA data sheet.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

namespace lintel {

class FakeIoApic {
public:
    static constexpr std::uint32_t pins = 24, version_index = 1, first_entry = 0x10;
    static constexpr std::uint32_t active_low = 1u << 13, remote_irr = 1u << 14, level = 1u << 15,
                                   masked = 1u << 16;

    struct Write {
        std::uint32_t index, value;
        bool operator==(const Write&) const = default;
    };
    struct Sent {
        std::uint8_t vector, apic_id;
        bool operator==(const Sent&) const = default;
    };

    explicit FakeIoApic(std::uint32_t version = 0x20)
    {
        registers[version_index] = (pins - 1) << 16 | version;
    }

    // A device drives its line, by voltage.
    void drive(unsigned pin, bool high)
    {
        const bool was_active = active(pin);
        high_[pin] = high;
        if ((low_half(pin) & level) == 0) {
            if (!was_active && active(pin) && (low_half(pin) & masked) == 0)
                send(pin);
        } else
            look_at(pin);
    }
    // What a local APIC broadcasts when an interrupt of a level-triggered line ends.
    void end(std::uint8_t vector)
    {
        for (unsigned pin = 0; pin < pins; ++pin)
            if ((low_half(pin) & level) != 0 && (low_half(pin) & 0xff) == vector) {
                low_half(pin) &= ~remote_irr;
                look_at(pin);
            }
    }

    bool is_masked(unsigned pin) { return (low_half(pin) & masked) != 0; }
    bool has_end_register() { return (registers[version_index] & 0xff) >= 0x20; }

    // The register page.
    std::uint32_t read_window() { return registers[selected]; }
    void write_window(std::uint32_t value)
    {
        writes.push_back({selected, value});
        if (selected < first_entry || selected % 2 != 0) {
            registers[selected] = value;
            return;
        }
        // Remote IRR is read-only. The old chips alone forget it with the level trigger.
        const bool forgets = (value & level) == 0 && !has_end_register();
        const std::uint32_t kept = forgets ? 0 : registers[selected] & remote_irr;
        registers[selected] = (value & ~remote_irr) | kept;
        look_at((selected - first_entry) / 2);
    }

    std::uint32_t selected = 0;
    std::map<std::uint32_t, std::uint32_t> registers;
    std::vector<Write> writes;
    std::vector<Sent> sent;

private:
    std::uint32_t& low_half(unsigned pin) { return registers[first_entry + 2 * pin]; }
    bool active(unsigned pin) { return high_[pin] == ((low_half(pin) & active_low) == 0); }
    void look_at(unsigned pin)
    {
        if ((low_half(pin) & (level | masked | remote_irr)) == level && active(pin))
            send(pin);
    }
    void send(unsigned pin)
    {
        if ((low_half(pin) & level) != 0)
            low_half(pin) |= remote_irr;
        sent.push_back({static_cast<std::uint8_t>(low_half(pin)),
                        static_cast<std::uint8_t>(registers[first_entry + 2 * pin + 1] >> 24)});
    }

    std::array<bool, pins> high_{};
};

// What the code under test sees of it. Any access but the three that exist throws.
struct FakeIoApicRegisters {
    FakeIoApic* chip = nullptr;

    std::uint32_t read(std::uint32_t offset) const
    {
        if (offset != 0x10)
            throw offset;
        return chip->read_window();
    }
    void write(std::uint32_t offset, std::uint32_t value) const
    {
        if (offset == 0x00)
            chip->selected = value;
        else if (offset == 0x10)
            chip->write_window(value);
        else if (offset == 0x40 && chip->has_end_register())
            chip->end(static_cast<std::uint8_t>(value));
        else
            throw offset;
    }
};

} // namespace lintel
