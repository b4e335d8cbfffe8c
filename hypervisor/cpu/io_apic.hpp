// SPDX-License-Identifier: Apache-2.0
// An I/O APIC: the pins that device interrupts come in by. Intel 82093AA data sheet, "I/O APIC
// Registers". A register is reached in two steps, so the caller serialises everything here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/redirection.hpp"

namespace lintel {

// `Registers` gives write(offset, value) and read(offset) of the 4 KiB register page.
template <typename Registers>
class IoApic {
public:
    constexpr IoApic() = default;
    constexpr explicit IoApic(Registers registers) : registers_{registers} {}

    // The index register has eight bits, which bounds what can be there.
    unsigned pins() const
    {
        constexpr unsigned most = 120;
        const unsigned claimed = (read(version) >> 16 & 0xff) + 1;
        return claimed < most ? claimed : most;
    }
    void mask_all() const
    {
        for (unsigned pin = 0; pin < pins(); ++pin)
            set(pin, Redirection{});
    }
    // All of an entry: from now on the pin interrupts the CPU with this APIC id.
    void program(unsigned pin, Redirection entry, std::uint8_t apic_id) const
    {
        set(pin, entry.masked()); // no interrupt may come by a half-written entry
        write(redirection(pin) + 1, std::uint32_t{apic_id} << 24);
        forget_sent(pin, entry);
        set(pin, entry);
    }
    // The lower half alone: one write masks or unmasks, nothing is read back.
    void set(unsigned pin, Redirection entry) const { write(redirection(pin), entry.raw()); }

private:
    static constexpr std::uint32_t version = 1;
    static constexpr std::uint32_t select = 0x00, window = 0x10, end = 0x40; // offsets in the page
    static constexpr std::uint32_t redirection(unsigned pin) { return 0x10 + 2 * pin; }

    // A level-triggered pin sends nothing until the interrupt it sent last has ended. The end is
    // matched by vector: one that is due from the pin's last life would come with a vector that the
    // pin no longer has, and the pin would wait forever. Chips from version 0x20 on have a register
    // to end it by; the older ones forget when the pin is made edge-triggered.
    void forget_sent(unsigned pin, Redirection entry) const
    {
        if (entry.trigger() != Trigger::level ||
            !Redirection::waits_for_end(read(redirection(pin))))
            return;
        if ((read(version) & 0xff) >= 0x20) {
            registers_.write(end, entry.vector());
            return;
        }
        set(pin, Redirection{});
        set(pin, entry.masked());
    }

    std::uint32_t read(std::uint32_t index) const
    {
        registers_.write(select, index);
        return registers_.read(window);
    }
    void write(std::uint32_t index, std::uint32_t value) const
    {
        registers_.write(select, index);
        registers_.write(window, value);
    }

    Registers registers_{};
};

// Memory-mapped 32-bit registers.
class MappedRegisters {
public:
    constexpr MappedRegisters() = default;
    constexpr explicit MappedRegisters(volatile std::byte* base) : base_{base} {}
    std::uint32_t read(std::uint32_t offset) const { return *at(offset); }
    void write(std::uint32_t offset, std::uint32_t value) const { *at(offset) = value; }

private:
    volatile std::uint32_t* at(std::uint32_t offset) const
    {
        return reinterpret_cast<volatile std::uint32_t*>(base_ + offset);
    }
    volatile std::byte* base_ = nullptr;
};

} // namespace lintel
