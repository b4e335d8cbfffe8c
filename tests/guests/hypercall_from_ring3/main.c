// SPDX-License-Identifier: Apache-2.0
// Hypercalls from ring 3.
//
// VMCALL leaves the guest from any privilege level, so that the processor does not refuse a user
// process: the hypervisor must. Each call, with arguments that would work from ring 0, must give
// LINTEL_EPERM and change nothing. Class: calls that forget to look at the caller's privilege.
#include "hypercall.h"
#include "result.h"
#include "trap.h"
#include "window.h"

static int64_t results[LINTEL_HC_NUMBERS];
static const char text[] = "result: failure printed from ring 3\n";

// Arguments with an effect that would be seen: a line printed, the power off, a port bound.
static void call_everything(void* unused)
{
    (void)unused;
    for (uint64_t number = 0; number < LINTEL_HC_NUMBERS; ++number)
        results[number] = number == LINTEL_HC_console_write
                              ? hypercall(number, (uintptr_t)text, sizeof text - 1, 0, 0, 0)
                              : hypercall(number, 0, 0, 0, 0, 0);
}

void test(void)
{
    const uint64_t counted = stats->hypercalls[LINTEL_HC_event_bind_ipi];
    expect_equal(in_user_mode(call_everything, NULL).vector, NO_FAULT);
    for (unsigned number = 0; number < LINTEL_HC_NUMBERS; ++number)
        expect_equal(results[number], LINTEL_EPERM);
    expect_equal(stats->hypercalls[LINTEL_HC_event_bind_ipi], counted);
    expect_equal(event_bind_ipi(0), 1); // the lowest port: none was bound from ring 3
}
