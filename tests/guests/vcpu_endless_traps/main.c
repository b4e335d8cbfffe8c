// SPDX-License-Identifier: Apache-2.0
// vCPUs that take an exception for ever.
//
// debug_loop: a breakpoint on the stack of #DB's handler raises #DB while the first one is
// delivered, and so on: on silicon not one instruction is executed any more, and only because #DB
// leaves the guest can a hypervisor take the processor back. alignment_loop: a handler that goes
// back to what raised #AC (the loop within delivery takes a 32-bit kernel, which is not run here).
// vCPUs on both processors do it; vCPU 0 on one of them must go on, with its timer, and the domain
// must be able to end. Class: XSA-156: CVE-2015-5307 (#AC), CVE-2015-8104 (#DB).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

#define MS 1000000ull

static volatile uint32_t begun;

// The first one comes of a breakpoint on a word; its frame is pushed over the other watched word.
static volatile uint64_t watched;
static char handler_stacks[MAX_VCPUS][4096] __attribute__((aligned(16)));

static bool again(struct frame* frame)
{
    (void)frame;
    return true; // back to where it came from
}

__attribute__((unused)) static void debug_loop(void* unused)
{
    const uint64_t write_8_of_0_and_1 = 0xf | 0x99ull << 16;
    const uint64_t stack = (uintptr_t)handler_stacks[this_vcpu() + 1];
    (void)unused;
    set_interrupt_stack(4, stack);
    idt[VECTOR_DB].stack = 4;
    on_vector(VECTOR_DB, again);
    write_dr0((uintptr_t)&watched);
    write_dr1(stack - 40); // RIP of the frame
    write_dr7(0x400 | write_8_of_0_and_1);
    __atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
    for (;;) // should the row break, as an emulator may, it begins anew
        watched = 1;
}

extern char misaligned_code[];
asm(".text\n misaligned_code: mov 1(%rsp), %eax\n jmp misaligned_code\n");

__attribute__((unused)) static void alignment_loop(void* unused)
{
    const uint64_t check = 1u << 18, am = 1u << 18;
    static char stack[4096] __attribute__((aligned(16)));
    (void)unused;
    on_vector(VECTOR_AC, again);
    write_cr0(read_cr0() | am);
    __atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
    through_iret((uintptr_t)misaligned_code, USER_CODE, 2 | check,
                 (uintptr_t)(stack + sizeof stack - 64), USER_DATA);
}

void test(void)
{
    need_vcpus(3); // the second one shares vCPU 0's processor
    others_run(VARIANT, NULL);
    wait_for(&begun, 2);
    upcall_start();
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 1);
    for (unsigned i = 0; i < 10; ++i) {
        const uint64_t before = upcall_count();
        timer_set(system_time() + MS);
        while (upcall_count() == before)
            asm volatile("sti\n hlt\n cli" : : : "memory");
        spin_for(5 * MS);
        expect_equal(vcpu_state(1), LINTEL_VCPU_RUNNABLE);
        expect_equal(vcpu_state(2), LINTEL_VCPU_RUNNABLE);
    }
    finish_at_once(); // what spins in deliveries takes no NMI
}
