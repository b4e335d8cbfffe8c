/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that C has no words for. */
#ifndef RUNTIME_PROCESSOR_H
#define RUNTIME_PROCESSOR_H

#include <stdint.h>

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};
static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    asm volatile("cpuid"
                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                 : "0"(leaf), "2"(subleaf));
    return r;
}

#define CONTROL_REGISTER(name)                                      \
    static inline uint64_t read_##name(void)                        \
    {                                                               \
        uint64_t value;                                             \
        asm volatile("mov %%" #name ", %0" : "=r"(value));          \
        return value;                                               \
    }                                                               \
    static inline void write_##name(uint64_t value)                 \
    {                                                               \
        asm volatile("mov %0, %%" #name : : "r"(value) : "memory"); \
    }
CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)
CONTROL_REGISTER(cr8)
CONTROL_REGISTER(dr0)
CONTROL_REGISTER(dr1)
CONTROL_REGISTER(dr2)
CONTROL_REGISTER(dr3)
CONTROL_REGISTER(dr6)
CONTROL_REGISTER(dr7)
#undef CONTROL_REGISTER

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}
static inline void write_msr(uint32_t msr, uint64_t value)
{
    asm volatile("wrmsr"
                 :
                 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                 : "memory");
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

#define PORT_IO(suffix, type)                                  \
    static inline type in##suffix(uint16_t port)               \
    {                                                          \
        type value;                                            \
        asm volatile("in %1, %0" : "=a"(value) : "Nd"(port));  \
        return value;                                          \
    }                                                          \
    static inline void out##suffix(uint16_t port, type value)  \
    {                                                          \
        asm volatile("out %0, %1" : : "a"(value), "Nd"(port)); \
    }
PORT_IO(8, uint8_t)
PORT_IO(16, uint16_t)
PORT_IO(32, uint32_t)
#undef PORT_IO

static inline void load_idt(void* table, uint16_t limit)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } pointer = {limit, (uintptr_t)table};
    asm volatile("lidt %0" : : "m"(pointer));
}

static inline void invlpg(const volatile void* address)
{
    asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void interrupts_on(void)
{
    asm volatile("sti" : : : "memory");
}
static inline void interrupts_off(void)
{
    asm volatile("cli" : : : "memory");
}
static inline void pause(void)
{
    asm volatile("pause" : : : "memory");
}

#endif
