// SPDX-License-Identifier: Apache-2.0
// CPUID asked in any order.
//
// Answers that the hypervisor remembers must not depend on what was asked before: a thousand
// questions with random leaves and subleaves, among them leaves that ignore the subleaf and leaves
// that follow CR4 and XCR0, are asked twice in different order, and give the same. A change of
// CR4.OSXSAVE, CR4.PKE and XCR0 shows at once and goes again. Class: a cache keyed by less than
// what the answer depends on.
#include "processor.h"
#include "result.h"

#define QUESTIONS 1000

static uint64_t state = 0x9e3779b97f4a7c15;
static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static struct {
    uint32_t leaf, subleaf;
    struct cpuid answer;
} asked[QUESTIONS];

static bool same(struct cpuid a, struct cpuid b)
{
    return a.eax == b.eax && a.ebx == b.ebx && a.ecx == b.ecx && a.edx == b.edx;
}

static void ask_again(const char* when)
{
    unsigned complaints = 0;
    for (unsigned i = 0; i < QUESTIONS; ++i) {
        const unsigned n = i * 617 % QUESTIONS; // another order
        const struct cpuid now = cpuid(asked[n].leaf, asked[n].subleaf);
        if (!same(now, asked[n].answer) && ++complaints < 5)
            print("%s: leaf %x.%x differs", when, asked[n].leaf, asked[n].subleaf);
    }
    expect_equal(complaints, 0);
}

void test(void)
{
    static const uint32_t bases[] = {0, 0, 0, 0x40000000, 0x80000000, 0xfffffff0};
    static const uint32_t subleaves[] = {0, 1, 2, 3, 9, 31, 63, 64, 0x7fffffff, 0xffffffff};
    const uint64_t osxsave = 1u << 18;
    for (unsigned i = 0; i < QUESTIONS; ++i) {
        asked[i].leaf = bases[next_random() % 6] + next_random() % 32;
        asked[i].subleaf = next_random() % 4 == 0 ? next_random() : subleaves[next_random() % 10];
        asked[i].answer = cpuid(asked[i].leaf, asked[i].subleaf);
    }
    ask_again("unchanged");
    const uint64_t cr4 = read_cr4();
    if ((cpuid(1, 0).ecx & 1u << 26) == 0)
        return;
    for (unsigned round = 0; round < 10; ++round) {
        expect_equal(cpuid(1, 0).ecx >> 27 & 1, 0);
        write_cr4(cr4 | osxsave);
        expect_equal(cpuid(1, 0).ecx >> 27 & 1, 1);
        const uint32_t small = cpuid(0xd, 0).ebx;
        asm volatile("xsetbv" : : "c"(0), "a"(cpuid(0xd, 0).eax & 7), "d"(0));
        expect((cpuid(0xd, 0).eax & 4) == 0 || cpuid(0xd, 0).ebx > small);
        asm volatile("xsetbv" : : "c"(0), "a"(1), "d"(0));
        expect_equal(cpuid(0xd, 0).ebx, small);
        write_cr4(cr4);
    }
    ask_again("after CR4 and XCR0 have been elsewhere");
}
