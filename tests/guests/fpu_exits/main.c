// SPDX-License-Identifier: Apache-2.0
// Vector registers across every kind of exit.
//
// x87, all of YMM0 to YMM15 where there is AVX, the opmask and ZMM registers where there is
// AVX-512, and MXCSR hold a pattern while CPUID, MSRs, ports, control registers, XSETBV, HLT, the
// timer's upcalls and refused instructions leave the guest. All must be as before: the hypervisor
// has no business in there. Class: XSA-52 (leak of x87 and SSE state); lazy switching of vector
// registers.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "upcall.h"

static uint8_t before[4096] __attribute__((aligned(64))), after[4096] __attribute__((aligned(64)));

static void xsave(void* area)
{
    asm volatile("xsave64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}
static void xrstor(const void* area)
{
    asm volatile("xrstor64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}

static void unknown_msr(void* unused)
{
    (void)unused;
    read_msr(0x1234);
}
static void monitor(void* unused)
{
    (void)unused;
    asm volatile(".byte 0x0f, 0x01, 0xc8" : : "a"(0), "c"(0), "d"(0));
}

static void cause_exits(uint64_t xcr0)
{
    for (unsigned i = 0; i < 50; ++i) {
        cpuid(i, 0);
        read_msr(0x1d9);
        in_kernel(unknown_msr, NULL);
        in_kernel(monitor, NULL);
        in8(0x21);
        write_cr8(i % 16);
        write_cr4(read_cr4() ^ 0x40);
        asm volatile("xsetbv" : : "c"(0), "a"((uint32_t)xcr0), "d"((uint32_t)(xcr0 >> 32)));
        event_send(1);
        timer_set(system_time() + 20000);
        asm volatile("sti\n hlt\n cli" : : : "memory");
    }
}

static void check(uint64_t xcr0)
{
    asm volatile("xsetbv" : : "c"(0), "a"((uint32_t)xcr0), "d"((uint32_t)(xcr0 >> 32)));
    const uint32_t size = cpuid(0xd, 0).ebx;
    if (size > sizeof before)
        error("the state has %u bytes", size);
    // A pattern in every register: all that follows the header, and the legacy area's registers.
    for (unsigned i = 0; i < size; ++i)
        before[i] = 0;
    for (unsigned i = 0; i < 8; ++i) // x87 registers
        *(uint64_t*)(before + 32 + 16 * i) = 0x8000000000000001 + i;
    for (unsigned i = 160; i < 416; ++i)
        before[i] = (uint8_t)(i * 7 + 3);
    for (unsigned i = 576; i < size; ++i)
        before[i] = (uint8_t)(i * 5 + 1);
    *(uint16_t*)(before + 0) = 0x37f;            // FCW
    *(uint32_t*)(before + 24) = 0x1f80 | 0x6000; // MXCSR, rounding to zero
    *(uint64_t*)(before + 512) = xcr0;
    xrstor(before);
    xsave(before); // as the processor has it
    for (unsigned i = 0; i < size; ++i)
        after[i] = before[i]; // between the components nothing is stored
    cause_exits(xcr0);
    xsave(after);
    unsigned differences = 0;
    for (unsigned i = 0; i < size; ++i)
        if (before[i] != after[i] && ++differences < 10)
            print("XCR0 %lx: byte %u was %x, is %x", xcr0, i, before[i], after[i]);
    expect_equal(differences, 0);
}

void test(void)
{
    if ((cpuid(1, 0).ecx & 1u << 26) == 0)
        skip("the processor has no XSAVE");
    write_cr4(read_cr4() | 1u << 18);
    const struct cpuid leaf = cpuid(0xd, 0);
    const uint64_t basic = 3, avx = 7, avx512 = 0xe7;
    upcall_start();
    expect_equal(event_bind_ipi(0), 1);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 2);
    check(basic);
    if ((leaf.eax & avx) == avx)
        check(avx);
    if ((leaf.eax & avx512) == avx512)
        check(avx512);
}
