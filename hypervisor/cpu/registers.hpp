// SPDX-License-Identifier: Apache-2.0
// Control registers, flags and descriptor-table registers: their bits, and reading and writing
// them.
#pragma once

#include <array>
#include <cstdint>

namespace lintel {

namespace cr0 {
inline constexpr std::uint64_t pe = 1u << 0;
inline constexpr std::uint64_t et = 1u << 4;
inline constexpr std::uint64_t ne = 1u << 5;
inline constexpr std::uint64_t wp = 1u << 16;
inline constexpr std::uint64_t am = 1u << 18;
inline constexpr std::uint64_t nw = 1u << 29;
inline constexpr std::uint64_t cd = 1u << 30;
inline constexpr std::uint64_t pg = 1u << 31;
// Every bit that has a meaning; the rest is reserved and raises #GP when set in bits 63:32.
inline constexpr std::uint64_t defined = 0xe005'003f;
} // namespace cr0

namespace cr4 {
inline constexpr std::uint64_t pae = 1u << 5;
inline constexpr std::uint64_t osfxsr = 1u << 9;
inline constexpr std::uint64_t la57 = 1u << 12;
inline constexpr std::uint64_t vmxe = 1u << 13;
inline constexpr std::uint64_t smxe = 1u << 14;
inline constexpr std::uint64_t pcide = 1u << 17;
inline constexpr std::uint64_t osxsave = 1u << 18;
inline constexpr std::uint64_t smep = 1u << 20;
inline constexpr std::uint64_t smap = 1u << 21;
inline constexpr std::uint64_t pke = 1u << 22;
} // namespace cr4

namespace rflags {
inline constexpr std::uint64_t fixed = 1u << 1;
inline constexpr std::uint64_t tf = 1u << 8;
inline constexpr std::uint64_t interrupts = 1u << 9;
} // namespace rflags

inline std::uint64_t read_cr0()
{
    std::uint64_t value;
    asm volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}
inline std::uint64_t read_cr2()
{
    std::uint64_t value;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}
inline void write_cr2(std::uint64_t value)
{
    asm volatile("mov %0, %%cr2" : : "r"(value));
}
inline std::uint64_t read_cr3()
{
    std::uint64_t value;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}
inline std::uint64_t read_cr4()
{
    std::uint64_t value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}
inline void write_cr3(std::uint64_t value)
{
    asm volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}
inline void write_cr4(std::uint64_t value)
{
    asm volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}
inline void write_cr0(std::uint64_t value)
{
    asm volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

inline std::uint64_t read_dr6()
{
    std::uint64_t value;
    asm volatile("mov %%dr6, %0" : "=r"(value));
    return value;
}
inline void write_dr6(std::uint64_t value)
{
    asm volatile("mov %0, %%dr6" : : "r"(value));
}

inline std::array<std::uint64_t, 4> read_dr_0_to_3()
{
    std::array<std::uint64_t, 4> value;
    asm volatile("mov %%dr0, %0\n\tmov %%dr1, %1\n\tmov %%dr2, %2\n\tmov %%dr3, %3"
                 : "=&r"(value[0]), "=&r"(value[1]), "=&r"(value[2]), "=&r"(value[3]));
    return value;
}
inline void write_dr_0_to_3(const std::array<std::uint64_t, 4>& value)
{
    asm volatile("mov %0, %%dr0\n\tmov %1, %%dr1\n\tmov %2, %%dr2\n\tmov %3, %%dr3"
                 :
                 : "r"(value[0]), "r"(value[1]), "r"(value[2]), "r"(value[3]));
}

inline std::uint64_t read_xcr0()
{
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return static_cast<std::uint64_t>(high) << 32 | low;
}
inline void write_xcr0(std::uint64_t value)
{
    asm volatile("xsetbv"
                 :
                 : "c"(0), "a"(static_cast<std::uint32_t>(value)),
                   "d"(static_cast<std::uint32_t>(value >> 32)));
}

inline std::uint64_t read_tsc()
{
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return static_cast<std::uint64_t>(high) << 32 | low;
}

inline void pause()
{
    asm volatile("pause");
}

// Whether the address has all of bits 63:48 equal to bit 47 (4-level paging).
constexpr bool canonical(std::uint64_t address)
{
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(address << 16) >> 16) == address;
}
static_assert(canonical(0x7fff'ffff'ffff) && !canonical(0x8000'0000'0000));

} // namespace lintel
