// SPDX-License-Identifier: Apache-2.0
// INS and OUTS at ports that the hypervisor keeps, with hostile memory operands.
//
// The exit comes before the processor looks at the memory: the buffer may be unmapped, read-only,
// non-canonical, the hypervisor's own, or behind a segment override, with the count zero or
// enormous, forwards or backwards, with 32-bit addresses, or in ring 3 with the right to the port.
// Nothing may be touched on the guest's behalf: each is #GP (or the fault that its operand
// deserves) at that instruction, with registers as they were. Class: instruction emulation that
// walks guest memory.
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"

static uint64_t rdi, rsi, rcx, rflags;
static unsigned faults;

static bool on_fault(struct frame* frame)
{
    ++faults;
    expect_equal(frame->rdi, rdi);
    expect_equal(frame->rsi, rsi);
    expect_equal(frame->rcx, rcx);
    return false;
}

#define STRING(name, text)                                                   \
    static void name(void* unused)                                           \
    {                                                                        \
        (void)unused;                                                        \
        asm volatile("push %0\n popfq\n" text "\n cld"                       \
                     :                                                       \
                     : "r"(rflags), "d"(0x3f8), "D"(rdi), "S"(rsi), "c"(rcx) \
                     : "memory", "cc");                                      \
    }
STRING(ins8, "insb")
STRING(ins32, "insl")
STRING(rep_ins16, "rep insw")
STRING(outs8, "outsb")
STRING(rep_outs32, "rep outsl")
STRING(outs_gs, "gs outsb")
STRING(outs_32bit_address, "addr32 outsw")
STRING(rep_ins_32bit_address, "addr32 rep insb")

static const excursion_function functions[] = {
    ins8, ins32, rep_ins16, outs8, rep_outs32, outs_gs, outs_32bit_address, rep_ins_32bit_address};

static char buffer[64] = "unchanged";

// #GP for the string instruction; #PF or #SS only where the operand deserves it by itself.
static void check(uint64_t address, uint64_t count, uint64_t flags, bool user)
{
    for (unsigned i = 0; i < sizeof functions / sizeof functions[0]; ++i) {
        rdi = rsi = address;
        rcx = count;
        rflags = flags;
        faults = 0;
        const struct fault fault = (user ? in_user_mode : in_kernel)(functions[i], NULL);
        const bool empty = count == 0 && fault.vector == NO_FAULT;
        if (!empty && fault.vector != VECTOR_GP && fault.vector != VECTOR_PF)
            print("function %u at %lx, count %lx: vector %u", i, address, count, fault.vector);
        expect(empty || fault.vector == VECTOR_GP || fault.vector == VECTOR_PF);
        expect_equal(faults, empty ? 0 : 1);
    }
}

void test(void)
{
    static const uint64_t counts[] = {0, 1, 4, 0xffffffff, ~0ull};
    const uint64_t backwards = 0x400, io_privilege = 0x3000;
    void* const read_only = map_small(FREE_VIRTUAL, (uintptr_t)buffer & ~0xfffull, 0);
    const uint64_t addresses[] = {(uintptr_t)buffer,    FREE_VIRTUAL + SMALL_PAGE,
                                  0x8000000000000000,   ~0ull,
                                  (uintptr_t)read_only, 0x100000,
                                  0xfffffe8000200000,   0x00007fffffffffff};
    on_vector(VECTOR_GP, on_fault);
    on_vector(VECTOR_PF, on_fault);
    for (unsigned a = 0; a < sizeof addresses / sizeof addresses[0]; ++a)
        for (unsigned c = 0; c < sizeof counts / sizeof counts[0]; ++c) {
            check(addresses[a], counts[c], 2, false);
            check(addresses[a], counts[c], 2 | backwards, false);
        }
    check((uintptr_t)buffer, 1, 2, true); // no right to the port
    expect_equal(buffer[0], 'u');
    expect_equal(buffer[9], 0);

    // Ring 3 with IOPL 3 gets as far as the exit.
    static uint8_t code[] = {0xba, 0xf8, 0x03, 0, 0, 0x6c, 0xcd, EXCURSION_END}; // port, INSB
    static char stack[256] __attribute__((aligned(16)));
    on_vector(VECTOR_GP, NULL);
    expect_equal(through_iret((uintptr_t)code, USER_CODE, 2 | io_privilege,
                              (uintptr_t)(stack + sizeof stack), USER_DATA)
                     .vector,
                 VECTOR_GP);
}
