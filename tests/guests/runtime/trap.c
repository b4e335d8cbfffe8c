// SPDX-License-Identifier: Apache-2.0
// The interrupt-descriptor table, the task-state segment, and the end of excursions.
#include "trap.h"

#include "processor.h"
#include "result.h"
#include "selectors.h"
#include "smp.h"

extern char interrupt_stubs[256][16];
extern uint64_t task_descriptors[MAX_VCPUS][2];
extern uint64_t excursions[MAX_VCPUS];
extern void excursion_kernel(excursion_function function, void* argument);
extern void excursion_user(excursion_function function, void* argument);
extern void excursion_frame(const uint64_t frame[5]);

struct gate idt[256];
static trap_handler handlers[256];
static struct fault last[MAX_VCPUS];

static struct __attribute__((packed)) {
    uint32_t reserved;
    uint64_t rsp[3], reserved2, ist[7], reserved3;
    uint16_t reserved4, io_map;
} tasks[MAX_VCPUS];
static char interrupt_stacks[MAX_VCPUS][8192] __attribute__((aligned(16)));
static char double_fault_stacks[MAX_VCPUS][4096] __attribute__((aligned(16)));

static void load_task(unsigned vcpu)
{
    const uint64_t base = (uintptr_t)&tasks[vcpu], limit = sizeof tasks[vcpu] - 1;
    const uint64_t available_64 = 0x89ull << 40;
    tasks[vcpu].rsp[0] = (uintptr_t)interrupt_stacks[vcpu + 1];
    tasks[vcpu].ist[0] = (uintptr_t)double_fault_stacks[vcpu + 1];
    tasks[vcpu].io_map = sizeof tasks[vcpu];
    task_descriptors[vcpu][0] =
        limit | (base & 0xffffff) << 16 | available_64 | (base >> 24 & 0xff) << 56;
    task_descriptors[vcpu][1] = base >> 32;
    asm volatile("ltr %w0" : : "r"(TASK + 16 * vcpu));
}

void set_interrupt_stack(unsigned index, uint64_t top)
{
    tasks[this_vcpu()].ist[index - 1] = top;
}

void fill_idt(void)
{
    const uint8_t interrupt_gate = 0x8e, user_may_call = 0x60;
    for (unsigned vector = 0; vector < 256; ++vector) {
        const uint64_t target = (uintptr_t)interrupt_stubs[vector];
        idt[vector] = (struct gate){.offset_low = target & 0xffff,
                                    .selector = KERNEL_CODE,
                                    .type = interrupt_gate,
                                    .offset_middle = target >> 16 & 0xffff,
                                    .offset_high = target >> 32};
        handlers[vector] = NULL;
    }
    idt[VECTOR_DF].stack = 1;
    idt[EXCURSION_END].type |= user_may_call;
}

void load_traps(unsigned vcpu)
{
    load_idt(idt, sizeof idt - 1);
    load_task(vcpu);
}

void on_vector(unsigned vector, trap_handler handler)
{
    handlers[vector] = handler;
}

/* Called by the stubs. */
bool interrupt(struct frame* frame)
{
    if (frame->vector == VECTOR_NMI)
        stop_if_told();
    const trap_handler handler = handlers[frame->vector];
    if (handler != NULL && handler(frame))
        return true;
    const unsigned vcpu = this_vcpu();
    if (excursions[vcpu] == 0)
        error("vCPU %u: unexpected vector %lu, error code %lx, at %lx, CR2 %lx", vcpu,
              frame->vector, frame->error, frame->rip, read_cr2());
    last[vcpu] = (struct fault){frame->vector == EXCURSION_END ? NO_FAULT : (unsigned)frame->vector,
                                frame->error, frame->rip, read_cr2()};
    return false;
}

static void expect_none(void)
{
    last[this_vcpu()] = (struct fault){.vector = NO_FAULT};
}

static struct fault outcome(void)
{
    const struct fault fault = last[this_vcpu()];
    expect_none();
    return fault;
}

struct fault in_kernel(excursion_function function, void* argument)
{
    expect_none();
    excursion_kernel(function, argument);
    return outcome();
}

struct fault in_user_mode(excursion_function function, void* argument)
{
    expect_none();
    excursion_user(function, argument);
    return outcome();
}

struct fault through_iret(uint64_t rip, uint64_t cs, uint64_t rflags, uint64_t rsp, uint64_t ss)
{
    const uint64_t frame[5] = {rip, cs, rflags, rsp, ss};
    expect_none();
    excursion_frame(frame);
    return outcome();
}
