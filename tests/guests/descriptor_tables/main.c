// SPDX-License-Identifier: Apache-2.0
// GDT, IDT, LDT and task register at the edges of what a processor takes.
//
// Tables of every limit, at odd, highest and hypervisor's addresses, LDT and task segments with
// bases at the edges of the canonical halves are loaded, and an exit follows: VM entry checks each.
// Non-canonical bases must be #GP of the loading instruction. With an IDT in the window's empty
// part a fault becomes a page fault, then a double fault, and so on to the guest's own end, so
// nothing faults there. Class: VM-entry checks on descriptor-table bases; XSA-193 (non-canonical
// bases).
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "trap.h"

extern uint64_t spare_descriptors[4];
struct __attribute__((packed)) table {
    uint16_t limit;
    uint64_t base;
};

static void load_interrupts(void* table)
{
    asm volatile("lidt %0" : : "m"(*(struct table*)table));
}
static void load_global(void* table)
{
    asm volatile("lgdt %0" : : "m"(*(struct table*)table));
}
static void load_local(void* selector)
{
    asm volatile("lldt %w0" : : "r"(selector));
}
static void load_task(void* selector)
{
    asm volatile("ltr %w0" : : "r"(selector));
}

static void leave(void)
{
    cpuid(0, 0);
    read_msr(0x1d9);
}

// A system descriptor of 16 bytes in SPARE.
static void describe(uint64_t base, uint64_t limit, uint64_t type)
{
    spare_descriptors[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | (0x80 | type) << 40 |
                           (limit >> 16 & 15) << 48 | (base >> 24 & 0xff) << 56;
    spare_descriptors[1] = base >> 32;
}

static const uint64_t canonical[] = {0,
                                     1,
                                     0x00007fffffffffff,
                                     0xffff800000000000,
                                     0xffffffffffffffff,
                                     0xfffffe8000200000,
                                     0xfffffe8040100000,
                                     0x100000};
static const uint64_t wild[] = {0x0000800000000000, 0xffff7fffffffffff, 0x8000000000000000,
                                0x7fffffffffffffff};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void check_tables(void)
{
    struct table gdt, idt_now;
    asm volatile("sgdt %0\n sidt %1" : "=m"(gdt), "=m"(idt_now));
    for (unsigned i = 0; i < COUNT(canonical); ++i)
        for (unsigned limit = 0; limit < 0x10000; limit += 0x3333) {
            struct table table = {(uint16_t)limit, canonical[i]};
            load_interrupts(&table);
            leave();
            load_interrupts(&idt_now);
            load_global(&table);
            leave();
            load_global(&gdt);
        }
    for (unsigned i = 0; i < COUNT(wild); ++i) {
        struct table table = {0xffff, wild[i]};
        expect_equal(in_kernel(load_interrupts, &table).vector, VECTOR_GP);
        expect_equal(in_kernel(load_global, &table).vector, VECTOR_GP);
    }
    leave();
}

static void check_segments(void)
{
    const uint64_t ldt = 2, task = 9;
    for (unsigned i = 0; i < COUNT(canonical); ++i)
        for (unsigned limit = 0; limit <= 0xfffff; limit += 0x33333) {
            describe(canonical[i], limit, ldt);
            expect_equal(in_kernel(load_local, (void*)SPARE).vector, NO_FAULT);
            leave();
            describe(canonical[i], limit, task);
            load_task((void*)SPARE); // not as an excursion, which needs the runtime's task
            leave();
            load_traps(0);
        }
    for (unsigned i = 0; i < COUNT(wild); ++i) {
        describe(wild[i], 103, ldt);
        expect_equal(in_kernel(load_local, (void*)SPARE).vector, VECTOR_GP);
        describe(wild[i], 103, task);
        expect_equal(in_kernel(load_task, (void*)SPARE).vector, VECTOR_GP);
    }
    load_local((void*)0);
    expect_equal(in_kernel(load_task, (void*)0).vector, VECTOR_GP);
    leave();
}

void test(void)
{
    check_tables();
    check_segments();
}
