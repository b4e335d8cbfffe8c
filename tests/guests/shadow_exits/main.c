// SPDX-License-Identifier: Apache-2.0
// Exits in the shadow of STI and of MOV SS.
//
// The instruction after either runs before any interrupt. When it is one that the hypervisor
// executes, an upcall that is due must come right behind it: not ahead of it, as if there were no
// shadow, and not later, as if the shadow went on. A second STI casts no shadow; a fault in the
// shadow ends it; HLT in the shadow wakes up. Class: XSA-308 (VM-entry failure with blocked
// states).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

uint64_t shadow_port;
static volatile uint64_t rip;
static volatile unsigned count;

static bool on_upcall(struct frame* frame)
{
    rip = frame->rip;
    ++count;
    __atomic_exchange_n(&events->vcpu[0].pending, 0, __ATOMIC_SEQ_CST);
    __atomic_exchange_n(&events->vcpu[0].selector, 0, __ATOMIC_SEQ_CST);
    __atomic_exchange_n(&events->pending[0], 0, __ATOMIC_SEQ_CST);
    return true;
}

// `text` runs with an upcall due; it is to come at `name`_at.
#define SEQUENCE(name, text)                                                         \
    extern char name##_at[];                                                         \
    void name(void);                                                                 \
    asm(".text\n" #name ":\n push %rbx\n" text "\n" #name "_at:\n nop\n nop\n cli\n" \
        "pop %rbx\n ret\n");

#define SEND "mov $10, %eax\n mov shadow_port, %rdi\n xor %esi, %esi\n"
SEQUENCE(sti_nop, SEND "vmcall\n sti\n nop")
SEQUENCE(sti_cpuid, SEND "vmcall\n xor %eax, %eax\n sti\n cpuid")
SEQUENCE(sti_rdmsr, SEND "vmcall\n mov $0xc0000080, %ecx\n sti\n rdmsr")
SEQUENCE(sti_wrmsr,
         SEND "vmcall\n mov $0x1a0, %ecx\n xor %eax, %eax\n xor %edx, %edx\n sti\n wrmsr")
SEQUENCE(sti_in, SEND "vmcall\n sti\n in $0x21, %al")
SEQUENCE(sti_out, SEND "vmcall\n sti\n out %al, $0xe9")
SEQUENCE(sti_cr8, SEND "vmcall\n xor %eax, %eax\n sti\n mov %rax, %cr8")
SEQUENCE(sti_cr4, SEND "vmcall\n mov %cr4, %rax\n xor $0x40, %rax\n sti\n mov %rax, %cr4")
SEQUENCE(sti_hypercall, SEND "vmcall\n xor %eax, %eax\n sti\n vmcall")
SEQUENCE(sti_send, SEND "sti\n vmcall")
SEQUENCE(sti_hlt, SEND "vmcall\n sti\n hlt")
SEQUENCE(sti_sti, SEND "vmcall\n sti\n sti")
SEQUENCE(ss_send, SEND "mov %ss, %ecx\n sti\n nop\n mov %ecx, %ss\n vmcall")
SEQUENCE(sti_ss_cpuid, SEND "vmcall\n xor %eax, %eax\n mov %ss, %ecx\n sti\n mov %ecx, %ss\n cpuid")
SEQUENCE(sti_ss, SEND "vmcall\n mov %ss, %ecx\n sti\n mov %ecx, %ss\n nop")

extern char faulting_instruction[];
void sti_fault(void);
asm(".text\n sti_fault:\n" SEND
    "vmcall\n mov $0x1234, %ecx\n sti\n faulting_instruction: rdmsr\n ret\n");

// As after a trap's end: the frame has interrupts on, and the upcall comes where it returns to.
static bool on_gp(struct frame* frame)
{
    expect_equal(frame->rip, (uintptr_t)faulting_instruction);
    expect_equal(frame->rflags & 0x200, 0x200);
    expect_equal(count, 0);
    frame->rip += 2;
    return true;
}

static void check(const char* name, void (*sequence)(void), uint64_t wanted)
{
    count = 0;
    rip = 0;
    sequence();
    interrupts_off();
    if (count != 1 || rip != wanted)
        print("%s: %u upcalls, the last at %lx, wanted at %lx", name, count, rip, wanted);
    expect(count == 1 && rip == wanted);
}
#define CHECK(name) check(#name, name, (uintptr_t)name##_at)

void test(void)
{
    shadow_port = (uint64_t)event_bind_ipi(0);
    on_vector(UPCALL_VECTOR, on_upcall);
    expect_equal(upcall_set(UPCALL_VECTOR), 0);
    for (unsigned round = 0; round < 3; ++round) {
        CHECK(sti_nop);
        CHECK(sti_cpuid);
        CHECK(sti_rdmsr);
        CHECK(sti_wrmsr);
        CHECK(sti_in);
        CHECK(sti_out);
        CHECK(sti_cr8);
        CHECK(sti_cr4);
        CHECK(sti_hypercall);
        CHECK(sti_send);
        CHECK(sti_hlt);
        CHECK(sti_sti);
        CHECK(ss_send);
        CHECK(sti_ss_cpuid);
        CHECK(sti_ss);
    }
    on_vector(VECTOR_GP, on_gp);
    check("sti_fault", sti_fault, (uintptr_t)faulting_instruction + 2);
}
