// SPDX-License-Identifier: Apache-2.0
// Address spaces with process-context identifiers.
//
// With CR4.PCIDE two address spaces with different mappings of one page are switched, with and
// without the bit that keeps translations, with exits on both sides and INVPCID of every type and
// with wild operands. What is read must be the page of the space that is current, also after CR3
// was written by the guest alone, which the hypervisor never sees. Class: stale translations
// (XSA-241, XSA-286); CR3 values at VM entry.
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "trap.h"

static uint64_t other_pml4[512] __attribute__((aligned(4096)));
static uint64_t one __attribute__((aligned(4096))) = 1, two __attribute__((aligned(4096))) = 2;

struct invalidation {
    uint64_t type, descriptor[2];
};
static void invalidate(void* argument)
{
    struct invalidation* in = argument;
    asm volatile("invpcid %0, %1" : : "m"(in->descriptor), "r"(in->type) : "memory");
}
static void set_cr3(void* value)
{
    write_cr3((uint64_t)value);
}
static void set_cr4(void* value)
{
    write_cr4((uint64_t)value);
}

static void check_switching(void)
{
    const uint64_t keep = 1ull << 63;
    volatile uint64_t* const seen = (volatile uint64_t*)FREE_VIRTUAL;
    for (unsigned round = 0; round < 2000; ++round) {
        const bool other = round % 3 == 1;
        const uint64_t pcid = 1 + round % 7;
        write_cr3(((uintptr_t)(other ? other_pml4 : pml4) | (other ? 0x800 | pcid : pcid)) |
                  (round % 2 == 0 ? keep : 0));
        if (round % 5 == 0)
            cpuid(0, 0);
        expect_equal(*seen, other ? 2 : 1);
        if (round % 5 == 1)
            in8(0x21);
        if (round % 11 == 0) {
            struct invalidation all = {round / 11 % 4, {pcid, FREE_VIRTUAL}};
            invalidate(&all);
        }
        expect_equal(*seen, other ? 2 : 1);
        expect_equal(read_cr3() & 0xfff, other ? 0x800 | pcid : pcid);
        expect_equal(read_cr3() >> 63, 0);
    }
}

static void check_operands(void)
{
    struct invalidation in = {4, {0, 0}};
    expect_equal(in_kernel(invalidate, &in).vector, VECTOR_GP);
    in = (struct invalidation){~0ull, {0, 0}};
    expect_equal(in_kernel(invalidate, &in).vector, VECTOR_GP);
    in = (struct invalidation){0, {0x1000, 0}}; // reserved bits beside the PCID
    expect_equal(in_kernel(invalidate, &in).vector, VECTOR_GP);
    in = (struct invalidation){0, {1, 0x8000000000000000}};
    expect_equal(in_kernel(invalidate, &in).vector, VECTOR_GP);
    in = (struct invalidation){2, {0, 0}};
    expect_equal(in_user_mode(invalidate, &in).vector, VECTOR_GP);
    const uint64_t tables = (uintptr_t)pml4;
    expect_equal(in_kernel(set_cr3, (void*)(tables | 1ull << 62)).vector, VECTOR_GP);
    expect_equal(in_kernel(set_cr3, (void*)(tables | 1ull << 48)).vector, VECTOR_GP);
}

void test(void)
{
    const uint64_t pcide = 1u << 17, mce = 1u << 6, cr4 = read_cr4();
    if ((cpuid(1, 0).ecx & 1u << 17) == 0 || (cpuid(7, 0).ebx & 1u << 10) == 0)
        skip("the processor has no PCID or no INVPCID");
    map_small(FREE_VIRTUAL, (uintptr_t)&one, 0);
    map_small(FREE_VIRTUAL + (1ull << 39), (uintptr_t)&two, 0);
    for (unsigned i = 0; i < 512; ++i)
        other_pml4[i] = pml4[i];
    other_pml4[256] = pml4[257];
    write_cr4(cr4 | pcide);
    check_switching();
    check_operands();
    // With a PCID in CR3 PCIDE can go, and cannot come back; alone or with a bit that exits.
    write_cr3((uintptr_t)pml4 | 5);
    write_cr4(cr4 | mce);
    expect_equal(in_kernel(set_cr4, (void*)(cr4 | pcide)).vector, VECTOR_GP);
    expect_equal(in_kernel(set_cr4, (void*)(cr4 | pcide | mce)).vector, VECTOR_GP);
    write_cr3((uintptr_t)pml4);
    write_cr4(cr4 | pcide | mce);
    expect_equal(read_cr4(), cr4 | pcide | mce);
    write_cr4(cr4);
}
