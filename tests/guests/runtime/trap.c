// SPDX-License-Identifier: Apache-2.0
// The interrupt-descriptor table, the task-state segment, and the end of excursions.
#include "trap.h"

#include "processor.h"
#include "result.h"
#include "selectors.h"

extern char interrupt_stubs[256][16];
extern uint64_t task_descriptor[2];
extern uint64_t excursion;
extern void excursion_kernel(excursion_function function, void* argument);
extern void excursion_user(excursion_function function, void* argument);
extern void excursion_frame(const uint64_t frame[5]);

struct gate idt[256];
static trap_handler handlers[256];
static struct fault last;

static struct __attribute__((packed)) {
    uint32_t reserved;
    uint64_t rsp[3], reserved2, ist[7], reserved3;
    uint16_t reserved4, io_map;
} task;
static char interrupt_stack[8192] __attribute__((aligned(16)));
static char double_fault_stack[8192] __attribute__((aligned(16)));

static void load_task(void)
{
    const uint64_t base = (uintptr_t)&task, limit = sizeof task - 1;
    const uint64_t available_64 = 0x89ull << 40;
    task.rsp[0] = (uintptr_t)(interrupt_stack + sizeof interrupt_stack);
    task.ist[0] = (uintptr_t)(double_fault_stack + sizeof double_fault_stack);
    task.io_map = sizeof task;
    task_descriptor[0] = limit | (base & 0xffffff) << 16 | available_64 | (base >> 24 & 0xff) << 56;
    task_descriptor[1] = base >> 32;
    asm volatile("ltr %w0" : : "r"(TASK));
}

void set_interrupt_stack(unsigned index, uint64_t top)
{
    task.ist[index - 1] = top;
}

void load_traps(void)
{
    const uint8_t interrupt_gate = 0x8e, user_may_call = 0x60;
    for (unsigned vector = 0; vector < 256; ++vector) {
        const uint64_t target = (uintptr_t)interrupt_stubs[vector];
        idt[vector] = (struct gate){.offset_low = target & 0xffff,
                                    .selector = KERNEL_CODE,
                                    .type = interrupt_gate,
                                    .offset_middle = target >> 16 & 0xffff,
                                    .offset_high = target >> 32};
    }
    idt[VECTOR_DF].stack = 1;
    idt[EXCURSION_END].type |= user_may_call;
    load_idt(idt, sizeof idt - 1);
    load_task();
}

void on_vector(unsigned vector, trap_handler handler)
{
    handlers[vector] = handler;
}

/* Called by the stubs. */
bool interrupt(struct frame* frame)
{
    const trap_handler handler = handlers[frame->vector];
    if (handler != NULL && handler(frame))
        return true;
    if (excursion == 0)
        error("unexpected vector %lu, error code %lx, at %lx, CR2 %lx", frame->vector, frame->error,
              frame->rip, read_cr2());
    last = (struct fault){frame->vector == EXCURSION_END ? NO_FAULT : (unsigned)frame->vector,
                          frame->error, frame->rip, read_cr2()};
    return false;
}

static struct fault outcome(void)
{
    const struct fault fault = last;
    last = (struct fault){.vector = NO_FAULT};
    return fault;
}

struct fault in_kernel(excursion_function function, void* argument)
{
    last = (struct fault){.vector = NO_FAULT};
    excursion_kernel(function, argument);
    return outcome();
}

struct fault in_user_mode(excursion_function function, void* argument)
{
    last = (struct fault){.vector = NO_FAULT};
    excursion_user(function, argument);
    return outcome();
}

struct fault through_iret(uint64_t rip, uint64_t cs, uint64_t rflags, uint64_t rsp, uint64_t ss)
{
    const uint64_t frame[5] = {rip, cs, rflags, rsp, ss};
    last = (struct fault){.vector = NO_FAULT};
    excursion_frame(frame);
    return outcome();
}
