// SPDX-License-Identifier: Apache-2.0
// Faults that the hypervisor raises, where the guest cannot take them.
//
// #GP, #UD and #DB come from the hypervisor for what it refuses or passes on. Their gates are made
// not present, too short a table away, or led to bad selectors and stacks: the processor must make
// of each what it makes of its own, #NP, #GP or #DF with the right error codes, and the domain goes
// on. The same for an upcall. Class: exceptions during the delivery of an injected event; VM-entry
// corner cases.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

#define IDT_BIT 2u
#define EXT_BIT 1u

static void unknown_msr(void* unused)
{
    (void)unused;
    read_msr(0x1234);
}
static void monitor(void* unused)
{
    (void)unused;
    asm volatile(".byte 0x0f, 0x01, 0xc8" : : "a"(0), "c"(0), "d"(0));
}
static void step(void* unused)
{
    (void)unused;
    asm volatile(
        "pushfq\n orq $0x100, (%%rsp)\n popfq\n nop\n pushfq\n andq $~0x100, (%%rsp)\n popfq"
        :
        :
        : "memory");
}
static void take_upcall(void* unused)
{
    (void)unused;
    asm volatile("sti\n nop\n nop\n cli" : : : "memory");
}

static const struct {
    const char* name;
    excursion_function cause;
    unsigned vector;
    bool contributory; // a second fault on top of it is a double fault
} causes[] = {{"#GP", unknown_msr, VECTOR_GP, true},
              {"#UD", monitor, VECTOR_UD, false},
              {"#DB", step, VECTOR_DB, false},
              {"upcall", take_upcall, UPCALL_VECTOR, false}};

static void check(unsigned i, const char* how, unsigned vector, uint64_t error)
{
    const struct fault fault = in_kernel(causes[i].cause, NULL);
    const unsigned wanted = causes[i].contributory ? VECTOR_DF : vector;
    const uint64_t wanted_error = causes[i].contributory ? 0 : error;
    if (fault.vector != wanted || fault.error != wanted_error)
        print("%s with %s: vector %u, error %lx; wanted %u, %lx", causes[i].name, how, fault.vector,
              fault.error, wanted, wanted_error);
    expect(fault.vector == wanted && fault.error == wanted_error);
}

static void prepare(unsigned i, uint64_t port)
{
    // The upcall is due once more each time; the others need nothing.
    if (causes[i].vector == UPCALL_VECTOR) {
        for (unsigned word = 0; word < LINTEL_EVENT_WORDS; ++word)
            events->pending[word] = 0;
        events->vcpu[0].pending = 0;
        event_send(port);
    }
}

void test(void)
{
    const uint64_t port = (uint64_t)event_bind_ipi(0);
    expect_equal(upcall_set(UPCALL_VECTOR), 0);
    for (unsigned i = 0; i < sizeof causes / sizeof causes[0]; ++i) {
        struct gate* const gate = &idt[causes[i].vector];
        const struct gate good = *gate;
        const uint64_t from_idt = causes[i].vector * 8u | IDT_BIT | EXT_BIT;
        prepare(i, port);
        gate->type &= 0x7f;
        check(i, "a gate not present", VECTOR_NP, from_idt);
        *gate = good;
        prepare(i, port);
        gate->type = 0x82; // no gate of 64-bit mode
        check(i, "a gate of no type", VECTOR_GP, from_idt);
        *gate = good;
        prepare(i, port);
        gate->selector = 0;
        check(i, "a null selector", VECTOR_GP, EXT_BIT);
        gate->selector = KERNEL_DATA;
        prepare(i, port);
        check(i, "a selector of data", VECTOR_GP, KERNEL_DATA | EXT_BIT);
        *gate = good;
        prepare(i, port);
        set_interrupt_stack(3, 0x8000000000000000);
        gate->stack = 3;
        check(i, "a stack at no canonical address", VECTOR_SS, KERNEL_DATA | EXT_BIT);
        *gate = good;
    }
    // What comes after finds everything as before.
    expect_equal(in_kernel(unknown_msr, NULL).vector, VECTOR_GP);
    expect_equal(in_kernel(monitor, NULL).vector, VECTOR_UD);
}
