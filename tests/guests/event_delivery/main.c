// SPDX-License-Identifier: Apache-2.0
// Delivery of events as docs/abi/events.md says it, on one vCPU.
//
// An upcall waits for a vector, for interrupts to be on, and for the shadow of STI to end; a mask
// holds it back and event_unmask brings it; HLT ends by it; closing forgets. A domain that sends
// itself events without end still gets its instructions executed. Class: XSA-332 (event storms).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

static uint64_t port;
static volatile uint64_t upcall_rip;
static volatile unsigned rip_count;
extern char after_shadow[], after_hlt[];

static bool note_rip(struct frame* frame)
{
    upcall_rip = frame->rip;
    ++rip_count;
    __atomic_exchange_n(&events->vcpu[0].pending, 0, __ATOMIC_SEQ_CST);
    __atomic_exchange_n(&events->vcpu[0].selector, 0, __ATOMIC_SEQ_CST);
    __atomic_exchange_n(&events->pending[0], 0, __ATOMIC_SEQ_CST);
    return true;
}

static uint64_t upcalls_now(void)
{
    const uint64_t before = upcall_count();
    wait_for_upcall(before, 1000000);
    return upcall_count() - before;
}

static void check_waiting(void)
{
    expect_equal(event_send(port), 0); // no vector yet
    expect_equal(events->pending[0], 1ull << port);
    expect_equal(events->vcpu[0].selector, 1);
    expect_equal(events->vcpu[0].pending, 1);
    expect_equal(event_send(port), 0); // the same event
    upcall_start();
    expect_equal(upcalls_now(), 1);
    expect(port_taken((uint32_t)port));
    expect_equal(upcalls_now(), 0);
}

static void check_mask(void)
{
    __atomic_fetch_or(&events->mask[0], 1ull << port, __ATOMIC_SEQ_CST);
    expect_equal(event_send(port), 0);
    expect_equal(upcalls_now(), 0);
    expect_equal(events->pending[0], 1ull << port);
    expect_equal(event_unmask(port), 0);
    expect_equal(events->mask[0], 0);
    expect_equal(upcalls_now(), 1);
    expect(port_taken((uint32_t)port));
    expect_equal(event_unmask(port), 0); // nothing pends
    expect_equal(upcalls_now(), 0);

    __atomic_fetch_or(&events->mask[0], 1ull << port, __ATOMIC_SEQ_CST);
    expect_equal(event_send(port), 0);
    expect_equal(event_close(port), 0); // forgets the event, keeps the mask
    expect_equal(events->pending[0], 0);
    expect_equal(event_bind_ipi(0), (int64_t)port);
    expect_equal(event_unmask(port), 0);
    expect_equal(upcalls_now(), 0);
}

static void check_shadow_and_halt(void)
{
    on_vector(UPCALL_VECTOR, note_rip);
    event_send(port);
    asm volatile("sti\n nop\n after_shadow: nop\n nop\n cli" : : : "memory");
    expect_equal(rip_count, 1);
    expect_equal(upcall_rip, (uintptr_t)after_shadow);
    event_send(port);
    asm volatile("sti\n hlt\n after_hlt: cli" : : : "memory");
    expect_equal(rip_count, 2);
    expect_equal(upcall_rip, (uintptr_t)after_hlt);
    upcall_start();
}

static void check_storm(void)
{
    const uint64_t before = upcall_count();
    uint64_t steps = 0;
    interrupts_on();
    for (; steps < 10000; ++steps)
        event_send(port);
    interrupts_off();
    expect_equal(upcall_count() - before, steps);
    expect(stats->upcalls >= steps);
}

static void check_lies(void)
{
    events->vcpu[0].pending = 1; // our own upcall word set: no upcalls until it is clear
    expect_equal(event_send(port), 0);
    expect_equal(upcalls_now(), 0);
    events->vcpu[0].pending = 0;
    expect_equal(event_unmask(port), 0);
    expect_equal(upcalls_now(), 1);
    events->pending[0] = 1ull << port; // counts as pending: no upcall
    expect_equal(event_send(port), 0);
    expect_equal(upcalls_now(), 0);
    events->pending[0] = 0;
}

void test(void)
{
    port = (uint64_t)event_bind_ipi(0);
    expect_equal(port, 1);
    check_waiting();
    check_mask();
    check_shadow_and_halt();
    check_storm();
    check_lies();
}
