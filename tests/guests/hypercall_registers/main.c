// SPDX-License-Identifier: Apache-2.0
// Registers across hypercalls.
//
// A hypercall changes RAX and nothing else: every other general register, RFLAGS, all XMM
// registers, MXCSR and CR2 must come back as they were, from each call, whether it succeeds or
// fails. Class: leaking hypervisor registers to the guest, and clobbers beyond the ABI.
#include "hypercall.h"
#include "processor.h"
#include "result.h"

struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rflags;
    uint64_t xmm[16][2];
};

void call_with(struct registers* registers); // loads all, calls, stores all

asm(".text\n"
    "call_with:\n"
    "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
    "pushfq\n"
    "push %rdi\n"
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "movups 128+16*\\n(%rdi), %xmm\\n\n"
    ".endr\n"
    "pushq 120(%rdi)\n popfq\n"
    "mov 0(%rdi), %rax\n mov 8(%rdi), %rbx\n mov 16(%rdi), %rcx\n mov 24(%rdi), %rdx\n"
    "mov 32(%rdi), %rsi\n mov 48(%rdi), %rbp\n mov 56(%rdi), %r8\n mov 64(%rdi), %r9\n"
    "mov 72(%rdi), %r10\n mov 80(%rdi), %r11\n mov 88(%rdi), %r12\n mov 96(%rdi), %r13\n"
    "mov 104(%rdi), %r14\n mov 112(%rdi), %r15\n mov 40(%rdi), %rdi\n"
    "vmcall\n"
    "xchg %rdi, (%rsp)\n"
    "mov %rax, 0(%rdi)\n mov %rbx, 8(%rdi)\n mov %rcx, 16(%rdi)\n mov %rdx, 24(%rdi)\n"
    "mov %rsi, 32(%rdi)\n mov %rbp, 48(%rdi)\n mov %r8, 56(%rdi)\n mov %r9, 64(%rdi)\n"
    "mov %r10, 72(%rdi)\n mov %r11, 80(%rdi)\n mov %r12, 88(%rdi)\n mov %r13, 96(%rdi)\n"
    "mov %r14, 104(%rdi)\n mov %r15, 112(%rdi)\n"
    "pushfq\n popq 120(%rdi)\n"
    "popq 40(%rdi)\n"
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "movups %xmm\\n, 128+16*\\n(%rdi)\n"
    ".endr\n"
    "popfq\n"
    "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
    "ret\n");

static void check(uint64_t number, uint64_t seed, uint64_t rflags)
{
    static struct registers before, after;
    uint64_t* const words = (uint64_t*)&before;
    for (unsigned i = 0; i < sizeof before / 8; ++i)
        words[i] = seed * (i + 1); // arguments without meaning: nothing is to happen
    before.rax = number;
    before.rflags = rflags;
    after = before;
    call_with(&after);
    for (unsigned i = 1; i < sizeof before / 8; ++i)
        if (((uint64_t*)&after)[i] != words[i]) {
            print("call %lu: word %u was %lx, is %lx", number, i, words[i], ((uint64_t*)&after)[i]);
            expect(!"preserved");
        }
}

void test(void)
{
    const uint64_t arithmetic = 0x8d5 | 0x2, direction = 0x400, cpuid_flag = 0x200000;
    uint32_t mxcsr = 0x1f80, mxcsr_after = 0;
    asm volatile("ldmxcsr %0" : : "m"(mxcsr));
    write_dr0(0x123456);
    asm volatile("mov %0, %%cr2" : : "r"(0x1122334455667788ull));
    for (uint64_t number = 0; number <= LINTEL_HC_NUMBERS; ++number) {
        check(number, 0x9e3779b97f4a7c15, 2);
        check(number, 0xc2b2ae3d27d4eb4f, arithmetic | direction | cpuid_flag);
    }
    asm volatile("stmxcsr %0" : "=m"(mxcsr_after));
    expect_equal(mxcsr_after, mxcsr);
    expect_equal(read_cr2(), 0x1122334455667788ull);
    expect_equal(read_dr0(), 0x123456);
}
