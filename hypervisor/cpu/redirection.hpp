// SPDX-License-Identifier: Apache-2.0
// What an I/O APIC does with a pin. Intel 82093AA data sheet, "I/O Redirection Table Registers":
// this is the lower half of an entry; the upper one names the CPU.
#pragma once

#include <cstdint>

namespace lintel {

enum class Trigger : std::uint8_t {
    edge,
    level
};
enum class Polarity : std::uint8_t {
    high,
    low
};

// A global system interrupt and how its device signals it.
struct Line {
    std::uint32_t gsi;
    Trigger trigger = Trigger::edge;
    Polarity polarity = Polarity::high;
};

// Destinations have 8 bits, of which all ones mean every CPU.
inline constexpr std::uint32_t most_destination = 0xfe;

class Redirection {
public:
    // Masked, and of no use otherwise.
    constexpr Redirection() = default;
    // To one CPU, by its APIC id (physical destination mode), as a fixed interrupt.
    static constexpr Redirection to(std::uint8_t vector, Trigger trigger, Polarity polarity)
    {
        return Redirection{vector | (polarity == Polarity::low ? active_low : 0) |
                           (trigger == Trigger::level ? level_triggered : 0)};
    }

    constexpr Redirection masked() const { return Redirection{raw_ | mask}; }
    constexpr std::uint8_t vector() const { return static_cast<std::uint8_t>(raw_); }
    constexpr Trigger trigger() const
    {
        return (raw_ & level_triggered) != 0 ? Trigger::level : Trigger::edge;
    }
    constexpr std::uint32_t raw() const { return raw_; }

    // Remote IRR, in what is read: the pin waits for the end of an interrupt that it sent.
    static constexpr bool waits_for_end(std::uint32_t raw) { return (raw & remote_irr) != 0; }

private:
    static constexpr std::uint32_t active_low = 1u << 13, remote_irr = 1u << 14,
                                   level_triggered = 1u << 15, mask = 1u << 16;

    constexpr explicit Redirection(std::uint32_t raw) : raw_{raw} {}
    std::uint32_t raw_ = mask;
};
static_assert(Redirection{}.raw() == 0x10000);
static_assert(Redirection::to(0x21, Trigger::edge, Polarity::high).raw() == 0x21);
static_assert(Redirection::to(0x31, Trigger::level, Polarity::low).masked().raw() == 0x1a031);

} // namespace lintel
