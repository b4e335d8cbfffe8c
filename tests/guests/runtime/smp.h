/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other vCPUs. Each that is started here has a stack, a task-state segment and the runtime's IDT,
 * so that faults as values, upcalls and time work on it as on vCPU 0. What waits does so with
 * vcpu_yield, as there may be more vCPUs than processors, and ends the test as a failure when it
 * takes too long.
 */
#ifndef RUNTIME_SMP_H
#define RUNTIME_SMP_H

#include <stdint.h>

#include "selectors.h"
#include "trap.h"

/* The number of the vCPU that asks; it costs no exit. */
static inline unsigned this_vcpu(void)
{
    uint32_t selector;
    asm volatile("str %0" : "=r"(selector));
    return (selector - TASK) / 16;
}

unsigned vcpu_count(void);       /* of the domain */
void need_vcpus(unsigned count); /* skips the test if there are fewer */
void vcpu_run(unsigned vcpu, excursion_function function, void* argument);
void vcpu_join(
    unsigned vcpu); /* waits until it is stopped, which it is when the function returns */
void others_run(excursion_function function, void* argument); /* on all but vCPU 0 */
void others_join(void);

/* vcpu_start as it is: nothing is made ready on the vCPU. */
int64_t vcpu_start_at(unsigned vcpu, uint64_t rip, uint64_t rsp, uint64_t rdi, uint64_t cr3);

void spin_for(uint64_t ns); /* without a hypercall or PAUSE */
void nap(uint64_t ns);      /* lets other vCPUs run meanwhile */

/* Several vCPUs meet. May be used again, by the same number of them. */
struct barrier {
    volatile uint32_t arrived, round;
};
void meet(struct barrier* barrier, unsigned count);

void wait_for(const volatile uint32_t* word, uint32_t value); /* until it is `value` or more */

/* For the runtime: stops what other vCPUs do, by NMI. False: one does not listen. */
bool others_stop(void);
void stop_if_told(void);

#endif
