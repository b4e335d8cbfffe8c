// SPDX-License-Identifier: Apache-2.0
// Non-maskable interrupts that a vCPU sends itself.
//
// One comes at once, with interrupts off as well, but not in the shadow of MOV SS. While it is
// handled no other nests; those sent meanwhile are one, which comes behind IRET, also behind an
// IRET that faults. It is delivered once when pushing its frame leaves the guest, and its gate's
// faults are the guest's. Class: NMI blocking at VM entry (XSA-308: blocked states); nested NMIs.
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

static volatile unsigned count, depth, deepest, sends;
static volatile uint64_t rip;
extern char after_ss[];

static bool on_nmi(struct frame* frame)
{
    ++count;
    rip = frame->rip;
    if (++depth > deepest)
        deepest = depth;
    for (; sends != 0; --sends)
        expect_equal(vcpu_nmi(0), 0);
    cpuid(0, 0); // exits keep it blocked
    --depth;
    return true;
}

static void check_arrival(void)
{
    expect_equal(vcpu_nmi(0), 0);
    expect_equal(count, 1);
    interrupts_on();
    expect_equal(vcpu_nmi(0), 0);
    interrupts_off();
    expect_equal(count, 2);
    for (unsigned i = 0; i < 1000; ++i)
        vcpu_nmi(0);
    expect_equal(count, 1002);
    count = 0;
    int64_t result = LINTEL_HC_vcpu_nmi;
    asm volatile("mov %%ss, %%ecx\n mov %%ecx, %%ss\n vmcall\n after_ss: nop"
                 : "+a"(result)
                 : "D"(0), "S"(0)
                 : "rcx", "memory");
    expect_equal(result, 0);
    expect_equal(count, 1);
    expect_equal(rip, (uintptr_t)after_ss);
}

static void check_nesting(void)
{
    count = deepest = 0;
    sends = 5;
    vcpu_nmi(0);
    expect_equal(count, 2); // the five were one
    expect_equal(deepest, 1);
    for (unsigned i = 0; i < 100; ++i) {
        sends = 1;
        vcpu_nmi(0);
    }
    expect_equal(count, 202);
    expect_equal(deepest, 1);
}

// The handler returns to what IRET refuses: NMIs are open again, and the one sent meanwhile comes.
static bool on_nmi_bad_return(struct frame* frame)
{
    if (++count == 1) {
        vcpu_nmi(0);
        frame->cs = KERNEL_DATA;
    }
    return true;
}
static void send(void* unused)
{
    (void)unused;
    vcpu_nmi(0);
}
static void check_faulting_return(void)
{
    count = 0;
    on_vector(VECTOR_NMI, on_nmi_bad_return);
    expect_equal(in_kernel(send, NULL).vector, VECTOR_GP);
    expect_equal(count, 2);
    on_vector(VECTOR_NMI, on_nmi);
}

static void check_gate(void)
{
    const struct gate good = idt[VECTOR_NMI];
    const uint64_t from_idt = VECTOR_NMI * 8 | 2 | 1;
    idt[VECTOR_NMI].type &= 0x7f;
    const struct fault fault = in_kernel(send, NULL);
    idt[VECTOR_NMI] = good;
    expect_equal(fault.vector, VECTOR_NP);
    expect_equal(fault.error, from_idt);
    through_iret((uintptr_t)after_ss, 0, 0, 0, 0); // an IRET, which faults and opens
    count = 0;
    vcpu_nmi(0);
    expect_equal(count, 1);
}

// Its stack lies in device memory that is mapped when it is touched; the frame cannot be read back.
void deliver_nmi(void);
void nmi_arrives(void);
uint64_t nmi_arrivals, nmi_stack;
asm(".text\n"
    "deliver_nmi: push %rbx\n mov %rsp, nmi_stack\n"
    "mov $18, %eax\n xor %edi, %edi\n xor %esi, %esi\n vmcall\n"
    "ud2\n"
    "nmi_arrives: incq nmi_arrivals\n mov nmi_stack, %rsp\n"
    "mov %ss, %eax\n push %rax\n lea 8(%rsp), %rax\n push %rax\n pushfq\n mov %cs, %eax\n"
    "push %rax\n push $1f\n iretq\n"
    "1: pop %rbx\n ret\n");

static void check_exit_in_delivery(void)
{
    const struct gate good = idt[VECTOR_NMI];
    const uint64_t target = (uintptr_t)nmi_arrives, devices = 11ull << 35;
    const uint64_t violations = stats->exits[LINTEL_EXIT_EPT_VIOLATION];
    set_interrupt_stack(2, (uintptr_t)map_small(FREE_VIRTUAL, devices, PAGE_WRITABLE) + SMALL_PAGE);
    idt[VECTOR_NMI].offset_low = target & 0xffff;
    idt[VECTOR_NMI].offset_middle = target >> 16 & 0xffff;
    idt[VECTOR_NMI].stack = 2;
    deliver_nmi();
    idt[VECTOR_NMI] = good;
    expect_equal(nmi_arrivals, 1);
    expect_equal(stats->exits[LINTEL_EXIT_EPT_VIOLATION] - violations, 1);
    count = 0;
    vcpu_nmi(0);
    expect_equal(count, 1);
}

void test(void)
{
    _Static_assert(LINTEL_HC_vcpu_nmi == 18, "the assembly above has it");
    on_vector(VECTOR_NMI, on_nmi);
    check_arrival();
    check_nesting();
    check_faulting_return();
    check_gate();
    check_exit_in_delivery();
}
