// SPDX-License-Identifier: Apache-2.0
// Every general register as the operand of MOV to and from control registers.
//
// Writes of CR0, CR4 and CR8 that leave the guest find their value in any of sixteen registers, RSP
// among them, which the hypervisor keeps elsewhere than the rest; reading CR8 stores into one. Each
// must move its own register and no other. LMSW from registers and from memory, at the end of a
// page too, sets PE's neighbours only, and CLTS stays the guest's. Class: operands decoded from the
// exit qualification by table; VM-entry corner cases (XSA-170, XSA-308).
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "trap.h"

uint64_t operand_stack, operand_result;

// write_NAME_N(value) loads register N with the value, writes the control register from it;
// read_NAME_N() reads the control register into register N. RSP is away meanwhile.
#define FOR_ALL_REGISTERS \
    ".irp r, rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15\n"
#define FUNCTIONS(name)                                                                       \
    extern void (*const write_##name##_by[16])(uint64_t);                                     \
    extern uint64_t (*const read_##name##_by[16])(void);                                      \
    asm(".macro keep\n push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n"           \
        "push %r15\n mov %rsp, operand_stack\n .endm\n"                                       \
        ".macro back\n mov operand_stack, %rsp\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n" \
        "pop %rbp\n pop %rbx\n ret\n .endm\n"                                                 \
        ".text\n" FOR_ALL_REGISTERS "write_" #name "_\\r: keep\n mov %rdi, %\\r\n"            \
        "mov %\\r, %" #name "\n back\n"                                                       \
        "read_" #name "_\\r: keep\n mov %" #name ", %\\r\n mov %\\r, operand_result\n"        \
        "mov operand_stack, %rsp\n mov operand_result, %rax\n back\n"                         \
        ".endr\n"                                                                             \
        ".section .rodata\n .align 8\n write_" #name "_by:\n" FOR_ALL_REGISTERS               \
        ".quad write_" #name "_\\r\n .endr\n read_" #name "_by:\n" FOR_ALL_REGISTERS          \
        ".quad read_" #name "_\\r\n .endr\n .text\n .purgem keep\n .purgem back\n")
FUNCTIONS(cr0);
FUNCTIONS(cr4);
FUNCTIONS(cr8);

static void check_moves(void)
{
    const uint64_t cr0 = read_cr0(), cr4 = read_cr4(), ne = 1u << 5, mce = 1u << 6;
    for (unsigned r = 0; r < 16; ++r) {
        write_cr8_by[r](r);
        expect_equal(read_cr8(), r);
        expect_equal(read_cr8_by[15 - r](), r);
        write_cr0_by[r](cr0 ^ ne); // NE and MCE belong to the hypervisor: both exit
        expect_equal(read_cr0_by[r](), cr0 ^ ne);
        write_cr0_by[r](cr0);
        expect_equal(read_cr0(), cr0);
        write_cr4_by[r](cr4 ^ mce);
        expect_equal(read_cr4_by[r](), cr4 ^ mce);
        write_cr4_by[r](cr4);
        expect_equal(read_cr4(), cr4);
    }
}

static void lmsw(void* source)
{
    asm volatile("lmsw %0" : : "m"(*(uint16_t*)source));
}

static void check_machine_status(void)
{
    static uint8_t page[SMALL_PAGE] __attribute__((aligned(4096)));
    uint8_t* const last = (uint8_t*)map_small(FREE_VIRTUAL, (uintptr_t)page, PAGE_WRITABLE) + 4094;
    const uint64_t cr0 = read_cr0();
    for (unsigned bits = 0; bits < 16; ++bits) {
        *(uint16_t*)last = (uint16_t)(0xfff0 | bits); // only the low four bits are looked at
        expect_equal(in_kernel(lmsw, last).vector, NO_FAULT);
        expect_equal(read_cr0(), (cr0 & ~0xeull) | (bits & 0xe));
        uint64_t word = ~0ull;
        asm volatile("smsw %0" : "+r"(word));
        expect_equal(word & 0xffff, read_cr0() & 0xffff);
        asm volatile("clts");
        expect_equal(read_cr0(), (cr0 & ~0xeull) | (bits & 6));
    }
    write_cr0(cr0);
    expect_equal(in_kernel(lmsw, last + 1).vector, VECTOR_PF); // beyond the page
    expect_equal(in_kernel(lmsw, (void*)0x8000000000000000).vector, VECTOR_GP);
    expect_equal(in_user_mode(lmsw, page).vector, VECTOR_GP);
    expect_equal(read_cr0(), cr0);
}

void test(void)
{
    check_moves();
    check_machine_status();
}
