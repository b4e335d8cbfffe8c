// SPDX-License-Identifier: Apache-2.0
// Odd register states at an exit, which the next VM entry checks.
//
// CPUID leaves and enters the guest while its segments, flags and selectors are as strange as a
// guest can make them: code that is conforming, execute-only, 16-bit or of small limit; null,
// expand-down and LDT selectors; every RFLAGS bit; SS null in ring 0. Each must go on, or fault as
// without a hypervisor; IRET to what is illegal faults. A failed entry would kill the domain: then
// this test does not end. Class: VM-entry corner cases (XSA-170, XSA-278, XSA-308).
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"

#define STRING_(x) #x
#define STRING(x) STRING_(x)

extern uint64_t spare_descriptors[4];
static char stack[4096] __attribute__((aligned(16)));
void leave_and_end(void);
asm(".text\n leave_and_end: cpuid\n cpuid\n int $" STRING(EXCURSION_END) "\n");

static unsigned run(uint64_t rip, uint64_t cs, uint64_t rflags, uint64_t rsp, uint64_t ss)
{
    return through_iret(rip, cs, rflags, rsp, ss).vector;
}

static void check_flags(void)
{
    const uint64_t here = (uintptr_t)leave_and_end, top = (uintptr_t)(stack + sizeof stack);
    const uint64_t tf = 1u << 8, vm = 1u << 17;
    for (unsigned bit = 0; bit < 64; ++bit) {
        if (1ull << bit == tf || 1ull << bit == vm)
            continue;
        expect_equal(run(here, KERNEL_CODE, 2 | 1ull << bit, top, KERNEL_DATA), NO_FAULT);
        expect_equal(run(here, USER_CODE, 2 | 1ull << bit, top, USER_DATA), NO_FAULT);
        expect_equal(run(here, USER_CODE_32, 2 | 1ull << bit, top, USER_DATA), NO_FAULT);
    }
    expect_equal(run(here, USER_CODE, 0xffffffffffffffffull & ~tf & ~vm, top, USER_DATA), NO_FAULT);
    expect_equal(run(here, KERNEL_CODE, 2 | vm, top, KERNEL_DATA),
                 NO_FAULT); // ignored in 64-bit mode
    expect_equal(run(here, USER_CODE, 2 | tf, top, USER_DATA), VECTOR_DB);
}

static void check_addresses(void)
{
    const uint64_t here = (uintptr_t)leave_and_end, top = (uintptr_t)(stack + sizeof stack);
    expect_equal(run(0x0000800000000000, KERNEL_CODE, 2, top, KERNEL_DATA), VECTOR_GP);
    expect_equal(run(0x8000000000000000, KERNEL_CODE, 2, top, KERNEL_DATA), VECTOR_GP);
    expect_equal(run(0x0000800000000000, USER_CODE, 2, top, USER_DATA), VECTOR_GP);
    expect_equal(run(here, USER_CODE, 2, 0x0000800000000000, USER_DATA),
                 NO_FAULT); // RSP may be anything
    expect_equal(run(here, USER_CODE, 2, 0xdeadbeefdeadbeef, USER_DATA), NO_FAULT);
    expect_equal(run(here, KERNEL_CODE, 2, top, 0), NO_FAULT); // SS null
    expect_equal(run(here, USER_CODE, 2, top, 0), VECTOR_GP);
    expect_equal(run(here, 0, 2, top, KERNEL_DATA), VECTOR_GP);
    expect_equal(run(here, KERNEL_DATA, 2, top, KERNEL_DATA), VECTOR_GP);
    expect_equal(run(here, KERNEL_CODE, 2, top, KERNEL_CODE), VECTOR_GP);
    expect_equal(run(here, KERNEL_CODE, 2, top, USER_DATA), VECTOR_GP);
    expect_equal(run(here, USER_CODE, 2, top, KERNEL_DATA), VECTOR_GP);
    expect_equal(run(here, SPARE + 24, 2, top, KERNEL_DATA), VECTOR_GP); // an empty descriptor
    expect_equal(run(here, 0xfff8, 2, top, KERNEL_DATA), VECTOR_GP);     // beyond the table
}

static void check_segments(void)
{
    const uint64_t here = (uintptr_t)leave_and_end, top = (uintptr_t)(stack + sizeof stack);
    static const uint64_t code[] = {
        0x00cffe000000ffff, // conforming, DPL 3
        0x00cf9e000000ffff, // conforming, DPL 0, reached from ring 3
        0x00cff8000000ffff, // execute-only
        0x008ffa000000ffff, // 16-bit, large limit
        0x00dffa000000ffff, // the bit left to software
        0x00aff8000000ffff, // 64-bit, execute-only
        0x00affe000000ffff, // 64-bit, conforming
    };
    for (unsigned i = 0; i < sizeof code / sizeof code[0]; ++i) {
        spare_descriptors[0] = code[i];
        const unsigned vector = run(here, SPARE | 3, 2, top, USER_DATA);
        if (vector != NO_FAULT)
            print("code segment %lx: vector %u", code[i], vector);
        expect_equal(vector, NO_FAULT);
    }
    static const uint64_t data[] = {
        0x00cff7000000ffff, // expand-down, writable
        0x00cff1000000ffff, // read-only
        0x0040f30000000000, // limit 0
        0xffcff30fffffffff, // base at the end of 4 GiB
        0x0000f70000000000, // expand-down, 16-bit, no limit
        0x008ff3000000ffff,
    };
    for (unsigned i = 0; i < sizeof data / sizeof data[0]; ++i) {
        spare_descriptors[1] = data[i];
        const uint16_t selector = (SPARE + 8) | 3;
        asm volatile("mov %0, %%ds\n mov %0, %%es\n mov %0, %%fs\n mov %0, %%gs" : : "r"(selector));
        cpuid(0, 0);
        if ((data[i] >> 41 & 1) != 0) // writable: as stack of 32-bit user code
            expect_equal(run(here, USER_CODE_32, 2, top, selector), NO_FAULT);
        asm volatile("mov %0, %%ds\n mov %0, %%es\n mov %0, %%fs\n mov %0, %%gs" : : "r"(0));
        cpuid(0, 0);
    }
    static uint64_t ldt[2] = {0, 0x00cff3000000ffff};
    spare_descriptors[2] = (sizeof ldt - 1) | ((uintptr_t)ldt & 0xffffff) << 16 | 0x82ull << 40;
    spare_descriptors[3] = 0;
    asm volatile("lldt %w0" : : "r"(SPARE + 16));
    asm volatile("mov %0, %%ds" : : "r"(8 | 4 | 3));
    cpuid(0, 0);
    asm volatile("lldt %w0\n mov %1, %%ds" : : "r"(0), "r"(KERNEL_DATA));
    cpuid(0, 0);
}

void test(void)
{
    check_flags();
    check_addresses();
    check_segments();
}
