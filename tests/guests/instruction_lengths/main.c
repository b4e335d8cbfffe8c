// SPDX-License-Identifier: Apache-2.0
// Instructions that leave the guest, in every length they can have.
//
// Prefixes that mean nothing stretch an instruction up to fifteen bytes. The hypervisor steps over
// it by the length that the processor reports: the next instruction must be the one that runs, for
// each of CPUID, RDMSR, IN, OUT, MOV CR8 and VMCALL, also across the end of a page. With a
// sixteenth byte it is #GP, with LOCK #UD, and no exit at all. Class: instruction lengths that a
// hypervisor counts for itself; VM-entry corner cases (XSA-170).
#include <lintel/status.h>

#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "trap.h"

static const struct {
    const char* name;
    uint8_t bytes[4];
    unsigned length;
} instructions[] = {{"CPUID", {0x0f, 0xa2}, 2},
                    {"RDMSR", {0x0f, 0x32}, 2},
                    {"IN", {0xe4, 0x21}, 2},
                    {"OUT", {0xe6, 0xe9}, 2},
                    {"MOV CR8", {0x44, 0x0f, 0x22, 0xc0}, 4},
                    {"VMCALL", {0x0f, 0x01, 0xc1}, 3}};

static uint8_t code[2 * SMALL_PAGE] __attribute__((aligned(4096)));

// Runs the instruction with this many prefixes such that it ends `before` bytes ahead of a page's
// end; the mark behind it is INC RDI.
static struct fault run(unsigned i, unsigned prefixes, uint8_t prefix, unsigned before,
                        uint64_t* mark)
{
    static const uint8_t end[] = {0x48, 0xff, 0xc7, 0x48, 0x89, 0x3e, 0x5b, 0xc3};
    uint8_t* const start = code + SMALL_PAGE - before - prefixes - instructions[i].length;
    uint8_t* at = start;
    const uint8_t* const bytes = instructions[i].bytes;
    *at++ = 0x53; // PUSH RBX: CPUID changes it
    for (unsigned n = 0; n < prefixes; ++n)
        *at++ = prefix;
    for (unsigned n = 0; n < instructions[i].length; ++n)
        *at++ = bytes[n];
    for (unsigned n = 0; n < sizeof end; ++n)
        *at++ = end[n];
    *mark = 0;
    struct {
        void* start;
        uint64_t* mark;
    } call = {start, mark};
    void go(void* argument);
    return in_kernel(go, &call);
}

asm(".text\n"
    "go: mov %rdi, %rdx\n"
    "mov 8(%rdx), %rsi\n mov (%rdx), %r11\n"
    "mov $0xc0000080, %ecx\n xor %eax, %eax\n xor %edi, %edi\n xor %edx, %edx\n"
    "jmp *%r11\n");

void test(void)
{
    static const uint8_t segments[] = {0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65};
    const uint8_t lock = 0xf0;
    static uint64_t mark;
    const unsigned longest = 15;
    for (unsigned i = 0; i < sizeof instructions / sizeof instructions[0]; ++i) {
        const unsigned most = longest - instructions[i].length;
        for (unsigned prefixes = 0; prefixes <= most; ++prefixes)
            for (unsigned before = 0; before < 3; ++before) {
                const uint8_t prefix = segments[prefixes % sizeof segments];
                const struct fault fault = run(i, prefixes, prefix, before, &mark);
                if (fault.vector != NO_FAULT || mark != 1)
                    print("%s with %u prefixes %x: vector %u, mark %lu", instructions[i].name,
                          prefixes, prefix, fault.vector, mark);
                expect(fault.vector == NO_FAULT && mark == 1);
            }
        expect_equal(run(i, most + 1, segments[0], 0, &mark).vector, VECTOR_GP);
        expect_equal(mark, 0);
        if (instructions[i].bytes[0] == 0x44)
            continue; // LOCK MOV CR8 is AMD's other name for it
        expect_equal(run(i, 1, lock, 0, &mark).vector, VECTOR_UD);
        expect_equal(mark, 0);
    }
    write_cr8(0);
}
