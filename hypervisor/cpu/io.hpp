// SPDX-License-Identifier: Apache-2.0
// Port input and output.
#pragma once

#include <cstdint>

namespace lintel {

inline void out8(std::uint16_t port, std::uint8_t value)
{
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
inline void out16(std::uint16_t port, std::uint16_t value)
{
    asm volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
inline void out32(std::uint16_t port, std::uint32_t value)
{
    asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
inline std::uint8_t in8(std::uint16_t port)
{
    std::uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

// Ports behind a template parameter, so that drivers of the start-up can run on a fake.
struct MachinePorts {
    static void write(std::uint16_t port, std::uint8_t value) { out8(port, value); }
    static std::uint8_t read(std::uint16_t port) { return in8(port); }
};

} // namespace lintel
