// SPDX-License-Identifier: Apache-2.0
// Making way for who gets an event, on the only processor.
//
// vCPU 1 sleeps in HLT and counts its upcalls. What vCPU 0 sends with LINTEL_EVENT_YIELD has been
// handled when the call returns; without it vCPU 0 goes on, and vCPU 1 has its turn later. A call
// that fails, and an event to vCPU 0 itself while nobody waits, make way for nobody and return.
// Class: a vCPU that gives its processor away and does not get it back.
#include <lintel/event.h>

#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"

#define ROUNDS 100u

static volatile uint32_t woken, leave;

static void count(void* unused)
{
    (void)unused;
    upcall_start();
    while (leave == 0) {
        asm volatile("sti\n hlt\n cli" : : : "memory");
        ++woken;
    }
}

static int64_t send(uint32_t port, uint64_t flags)
{
    return hypercall(LINTEL_HC_event_send, port, flags, 0, 0, 0);
}

void test(void)
{
    need_vcpus(2);
    upcall_start();
    const uint32_t own = (uint32_t)event_bind_ipi(0), port = (uint32_t)event_bind_ipi(1);
    port_owner(port, 1);
    vcpu_run(1, count, NULL);
    nap(2000000); // until it sleeps
    const uint32_t first = woken;
    for (uint32_t round = 1; round <= ROUNDS; ++round) {
        expect_equal(send(port, LINTEL_EVENT_YIELD), 0);
        expect_equal(woken, first + round);
    }
    expect_equal(send(port, 0), 0);
    expect_equal(woken, first + ROUNDS);
    vcpu_yield();
    expect_equal(woken, first + ROUNDS + 1);

    expect_equal(send(own, LINTEL_EVENT_YIELD), 0);
    expect_equal(send(4095, LINTEL_EVENT_YIELD), LINTEL_ENOENT);
    expect_equal(woken, first + ROUNDS + 1);

    leave = 1;
    expect_equal(send(port, LINTEL_EVENT_YIELD), 0);
    vcpu_join(1);
}
