// SPDX-License-Identifier: Apache-2.0
// The operands of RDMSR and WRMSR.
//
// ECX names the register: what stands in the upper half of RCX is ignored. RDMSR clears the upper
// halves of RAX and RDX, WRMSR ignores them. That holds for registers that the hypervisor handles
// as for those that are the guest's own, and a refused access changes no register. The same values
// go through each of the hypervisor's registers many times over: what one access leaves behind, the
// next must not see. Class: garbage in upper halves taken for part of an argument (XSA-454);
// XSA-193.
#include "processor.h"
#include "result.h"
#include "trap.h"

#define HIGH 0xdeadbeef00000000ull
#define EFER 0xc0000080
#define LSTAR 0xc0000082
#define DEBUGCTL 0x1d9
#define MISC_ENABLE 0x1a0
#define UNKNOWN 0x1234

struct raw {
    uint64_t rax, rcx, rdx;
};
static void read(void* argument)
{
    struct raw* raw = argument;
    asm volatile("rdmsr" : "+a"(raw->rax), "+d"(raw->rdx) : "c"(raw->rcx));
}
static void write(void* argument)
{
    const struct raw* raw = argument;
    asm volatile("wrmsr" : : "a"(raw->rax), "d"(raw->rdx), "c"(raw->rcx) : "memory");
}

static bool on_refusal(struct frame* frame)
{
    expect_equal(frame->rax, HIGH | 1);
    expect_equal(frame->rdx, HIGH | 2);
    expect_equal(frame->rcx, HIGH | UNKNOWN);
    return false;
}

void test(void)
{
    static const uint32_t registers[] = {EFER, LSTAR, DEBUGCTL, MISC_ENABLE, 0x8b, 0x10a, 0x277};
    for (unsigned i = 0; i < sizeof registers / sizeof registers[0]; ++i) {
        const uint64_t value = read_msr(registers[i]);
        struct raw raw = {HIGH | 0x55, HIGH | registers[i], HIGH | 0xaa};
        expect_equal(in_kernel(read, &raw).vector, NO_FAULT);
        expect_equal(raw.rax, (uint32_t)value);
        expect_equal(raw.rdx, value >> 32);
        if (registers[i] == 0x10a || registers[i] == 0x8b)
            continue; // not to be written, or not with effect
        raw = (struct raw){HIGH | (uint32_t)value, HIGH | registers[i], HIGH | value >> 32};
        expect_equal(in_kernel(write, &raw).vector, NO_FAULT);
        expect_equal(read_msr(registers[i]), value);
    }
    on_vector(VECTOR_GP, on_refusal);
    for (unsigned round = 0; round < 100; ++round) {
        struct raw raw = {HIGH | 1, HIGH | UNKNOWN, HIGH | 2};
        expect_equal(in_kernel(read, &raw).vector, VECTOR_GP);
        expect_equal(in_kernel(write, &raw).vector, VECTOR_GP);
    }
}
