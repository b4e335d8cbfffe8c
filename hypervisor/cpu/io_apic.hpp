// SPDX-License-Identifier: Apache-2.0
// An I/O APIC: the pins that device interrupts come in by. Every pin stays masked until it is
// bound. Intel 82093AA data sheet, "I/O APIC Registers". Not locked: one CPU runs so far.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lintel {

// `Registers` gives write(offset, value) and read(offset) of the 4 KiB register page.
template <typename Registers>
class IoApic {
public:
    enum class Trigger : std::uint8_t {
        edge,
        level
    };
    enum class Polarity : std::uint8_t {
        high,
        low
    };

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
            write(redirection(pin), masked);
    }
    // Delivers the pin as `vector` to the CPU with this APIC id (8 bits: physical destination
    // mode).
    void bind(unsigned pin, std::uint8_t vector, Trigger trigger, Polarity polarity,
              std::uint8_t apic_id) const
    {
        write(redirection(pin), masked); // no interrupt may come by a half-written entry
        write(redirection(pin) + 1, std::uint32_t{apic_id} << 24);
        write(redirection(pin), vector | (polarity == Polarity::low ? 1u << 13 : 0) |
                                    (trigger == Trigger::level ? 1u << 15 : 0));
    }

private:
    static constexpr std::uint32_t version = 1, masked = 1u << 16;
    static constexpr std::uint32_t select = 0x00, window = 0x10; // offsets in the page
    static constexpr std::uint32_t redirection(unsigned pin) { return 0x10 + 2 * pin; }

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

    Registers registers_;
};

// Memory-mapped 32-bit registers.
class MappedRegisters {
public:
    constexpr explicit MappedRegisters(volatile std::byte* base) : base_{base} {}
    std::uint32_t read(std::uint32_t offset) const { return *at(offset); }
    void write(std::uint32_t offset, std::uint32_t value) const { *at(offset) = value; }

private:
    volatile std::uint32_t* at(std::uint32_t offset) const
    {
        return reinterpret_cast<volatile std::uint32_t*>(base_ + offset);
    }
    volatile std::byte* base_;
};

} // namespace lintel
