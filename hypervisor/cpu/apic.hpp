// SPDX-License-Identifier: Apache-2.0
// The local APIC in x2APIC mode. Intel SDM Vol. 3, "Extended XAPIC (x2APIC)" and "APIC Timer".
// Every processor with EPT and unrestricted guests has x2APIC and TSC-deadline mode; start-up
// checks.
#pragma once

#include <cstdint>

#include "cpu/msr.hpp"

namespace lintel::apic {

inline constexpr std::uint8_t timer_vector = 0x20;
inline constexpr std::uint8_t console_vector = 0x21;
inline constexpr std::uint8_t kick_vector = 0x22; // look again what there is to do
inline constexpr std::uint8_t first_device_vector = 0x30, last_device_vector = 0xef;
inline constexpr std::uint8_t spurious_vector = 0xff;

// Enables the calling CPU's APIC. Every source is masked but the timer and LINT1, the line of NMIs,
// which stays as the firmware set it.
inline void start()
{
    constexpr std::uint64_t enable = 1u << 11, x2apic = 1u << 10, software_enable = 1u << 8,
                            tsc_deadline = 2u << 17, masked = 1u << 16;
    write_msr(Msr::apic_base, read_msr(Msr::apic_base) | enable); // one step at a time is the rule
    write_msr(Msr::apic_base, read_msr(Msr::apic_base) | enable | x2apic);
    const std::uint64_t last_entry = read_msr(Msr::x2apic_version) >> 16 & 0xff;
    write_msr(Msr::x2apic_lint0, masked);
    write_msr(Msr::x2apic_error, masked);
    if (last_entry >= 4)
        write_msr(Msr::x2apic_performance, masked);
    if (last_entry >= 5)
        write_msr(Msr::x2apic_thermal, masked);
    if (last_entry >= 6)
        write_msr(Msr::x2apic_cmci, masked);
    // Vectors below 32 are exceptions': a message-signalled interrupt that uses one stays pending.
    constexpr std::uint64_t hold_exception_vectors = 0x10;
    write_msr(Msr::x2apic_task_priority, hold_exception_vectors);
    write_msr(Msr::x2apic_spurious, software_enable | spurious_vector);
    write_msr(Msr::x2apic_timer, tsc_deadline | timer_vector);
}

inline std::uint32_t id()
{
    return static_cast<std::uint32_t>(read_msr(Msr::x2apic_id));
}

// Interrupt command register. Intel SDM Vol. 3, "ICR Operation in x2APIC Mode". The write is not
// serialising: what the receiver is to see must be visible before, hence the fences.
enum class Delivery : std::uint32_t {
    fixed = 0,
    nmi = 4u << 8,
    init = 5u << 8,
    start_up = 6u << 8
};
inline void send(std::uint32_t apic_id, Delivery delivery, std::uint8_t vector)
{
    constexpr std::uint64_t assert_level = 1u << 14;
    asm volatile("mfence; lfence" ::: "memory");
    write_msr(Msr::x2apic_command, std::uint64_t{apic_id} << 32 | assert_level |
                                       static_cast<std::uint32_t>(delivery) | vector);
}

// The spurious vector is no interrupt unless a device sent it on purpose; only then it must be
// ended.
inline bool spurious_is_in_service()
{
    constexpr std::uint64_t vector_255 = 1u << 31;
    return (read_msr(Msr::x2apic_in_service_7) & vector_255) != 0;
}

inline void end_of_interrupt()
{
    write_msr(Msr::x2apic_eoi, 0);
}

// One interrupt when the TSC reaches `tsc`; 0 disarms. Replaces what was set before.
inline void set_deadline(std::uint64_t tsc)
{
    write_msr(Msr::tsc_deadline, tsc);
}

} // namespace lintel::apic
