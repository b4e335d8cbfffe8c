// SPDX-License-Identifier: Apache-2.0
#include "sleep.h"

#include "hypercall.h"
#include "result.h"
#include "upcall.h"

void sleep_start(void)
{
    upcall_start();
    if (event_bind_virq(LINTEL_VIRQ_TIMER, 0) <= 0)
        error("no event of the timer");
}

void sleep_for(uint64_t ns)
{
    timer_set(system_time() + ns);
    // STI takes effect behind the next instruction: an upcall that is due ends the HLT.
    asm volatile("sti\n hlt\n cli" : : : "memory");
}
