// SPDX-License-Identifier: Apache-2.0
// An exit in the middle of an event's delivery.
//
// The stack for one vector lies in device memory above 4 GiB, which the hypervisor maps when it is
// touched: so pushing the frame leaves the guest while INT, an exception, and an upcall are being
// delivered. Each must arrive all the same, once, at the right place. Nothing can be read back from
// such a stack, so the handler does without it. Class: exceptions and exits during delivery;
// XSA-308.
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

#define VECTOR 0xe1
#define DEVICES (5ull << 36) // no other test touches these GiB
#define GIB (1ull << 30)

void deliver_int(void);
void deliver_ud(void);
void deliver_upcall(void);
void arrive(void);
uint64_t arrivals, resume_rsp, resume_rip, vectoring_port;

// Each leaves where to go on in resume_*; `arrive` is the gate's target and needs no stack.
asm(".text\n"
    ".macro prepare\n"
    "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
    "mov %rsp, resume_rsp\n"
    "movq $7f, resume_rip\n"
    ".endm\n"
    ".macro finish_delivery\n"
    "ud2\n" // reached if nothing was delivered
    "7: pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
    "ret\n"
    ".endm\n"
    "arrive: incq arrivals\n"
    "mov resume_rsp, %rsp\n"
    "jmp *resume_rip\n"
    "deliver_int: prepare\n int $0xe1\n finish_delivery\n"
    "deliver_ud: prepare\n ud2\n finish_delivery\n"
    "deliver_upcall: prepare\n"
    "mov $10, %eax\n mov vectoring_port, %rdi\n xor %esi, %esi\n vmcall\n"
    "sti\n nop\n nop\n finish_delivery\n");

static void point(unsigned vector)
{
    const uint64_t target = (uintptr_t)arrive;
    idt[vector].offset_low = target & 0xffff;
    idt[vector].offset_middle = target >> 16 & 0xffff;
    idt[vector].stack = 2;
}

static void check(const char* what, unsigned vector, void (*deliver)(void))
{
    static unsigned gib;
    const uint64_t violations = stats->exits[LINTEL_EXIT_EPT_VIOLATION];
    const struct gate saved = idt[vector];
    uint64_t* const page =
        map_small(FREE_VIRTUAL + gib * SMALL_PAGE, DEVICES + gib * GIB, PAGE_WRITABLE);
    set_interrupt_stack(2, (uintptr_t)page + SMALL_PAGE);
    ++gib;
    point(vector);
    arrivals = 0;
    deliver();
    idt[vector] = saved;
    if (arrivals != 1)
        print("%s arrived %lu times", what, arrivals);
    expect_equal(arrivals, 1);
    expect_equal(stats->exits[LINTEL_EXIT_EPT_VIOLATION] - violations, 1);
}

void test(void)
{
    check("INT", VECTOR, deliver_int);
    check("exception", VECTOR_UD, deliver_ud);
    upcall_set(VECTOR);
    vectoring_port = (uint64_t)event_bind_ipi(0);
    check("upcall", VECTOR, deliver_upcall);
    interrupts_off();
}
