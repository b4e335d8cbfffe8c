// SPDX-License-Identifier: Apache-2.0
// XSETBV always leaves the guest, and the hypervisor executes it with the guest's operand.
//
// What the processor would refuse must come back as #GP and never fault in the hypervisor: XCR0
// without x87, AVX without SSE, parts of a group, bits that CPUID does not offer, other registers
// than XCR0, ring 3; without CR4.OSXSAVE it is #UD. Legal values stick, and CPUID's sizes follow.
// Class: XSA-52; a guest's operand in an instruction that the hypervisor executes.
#include "processor.h"
#include "result.h"
#include "trap.h"

struct operands {
    uint32_t index;
    uint64_t value;
};
static void set(void* argument)
{
    const struct operands* in = argument;
    asm volatile("xsetbv"
                 :
                 : "c"(in->index), "a"((uint32_t)in->value), "d"((uint32_t)(in->value >> 32)));
}
static unsigned vector_of(uint32_t index, uint64_t value)
{
    struct operands operands = {index, value};
    return in_kernel(set, &operands).vector;
}
static uint64_t xgetbv(void)
{
    uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

void test(void)
{
    const uint64_t x87 = 1, sse = 2, avx = 4, mpx = 0x18, avx512 = 0xe0, tiles = 0x60000;
    if ((cpuid(1, 0).ecx & 1u << 26) == 0)
        skip("the processor has no XSAVE");
    expect_equal(vector_of(0, x87), VECTOR_UD);
    write_cr4(read_cr4() | 1u << 18);
    const struct cpuid leaf = cpuid(0xd, 0);
    const uint64_t supported = (uint64_t)leaf.edx << 32 | leaf.eax;

    const uint64_t groups[] = {mpx, avx512, tiles};
    for (uint64_t low = 0; low < 0x400; ++low) {
        bool legal =
            (low & ~supported) == 0 && (low & x87) != 0 && ((low & avx) == 0 || (low & sse));
        for (unsigned i = 0; i < 3; ++i)
            legal &= (low & groups[i]) == 0 || (low & groups[i]) == groups[i];
        legal &= (low & avx512) == 0 || (low & avx) != 0;
        const unsigned got = vector_of(0, low);
        if (got != (legal ? NO_FAULT : VECTOR_GP))
            print("XCR0 %lx gives vector %u; supported are %lx", low, got, supported);
        expect_equal(got, legal ? NO_FAULT : VECTOR_GP);
        if (legal)
            expect_equal(xgetbv(), low);
    }
    vector_of(0, x87);
    for (unsigned bit = 10; bit < 64; ++bit)
        expect_equal(vector_of(0, x87 | 1ull << bit), VECTOR_GP);
    expect_equal(vector_of(0, ~0ull), VECTOR_GP);
    for (unsigned bit = 0; bit < 32; ++bit)
        expect_equal(vector_of(1u << bit, x87), VECTOR_GP);
    struct operands operands = {0, x87 | sse};
    expect_equal(in_user_mode(set, &operands).vector, VECTOR_GP);
    expect_equal(xgetbv(), x87);
    if ((supported & avx) != 0) {
        const uint32_t small = cpuid(0xd, 0).ebx;
        expect_equal(vector_of(0, x87 | sse | avx), NO_FAULT);
        expect(cpuid(0xd, 0).ebx > small);
    }
}
