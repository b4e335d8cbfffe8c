// SPDX-License-Identifier: Apache-2.0
// A peer that sends as fast as it can.
//
// A child sends events to dom0 without a pause, on a processor of its own, while vCPU 0 of dom0
// works and counts how far it gets: alone; with the port masked; with a handler that masks the port
// and a timer that opens it again each millisecond, as docs/abi/events.md advises; and with a
// handler that only clears the pending bit. With the port masked, always or by the handler, the
// work must go on at more than a quarter of its speed, on a machine where most of the rest is the
// emulator's; otherwise it must go on at all, and how far is told. Class: XSA-332, XSA-391 (event
// storms).
#include "child.h"
#include "domain.h"
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

#define NS 50000000ull /* of each measurement */

static uint64_t port, timer;
static enum {
    LET_ALL,
    MASK_ON_EVENT
} handling;
static volatile uint64_t upcalls;

static int64_t bind(uint64_t remote)
{
    return event_bind(0, remote, 0);
}

// Answers how many events it sent.
static int64_t storm(uint64_t unused)
{
    (void)unused;
    volatile uint64_t* const stop = &child_words(NULL)[0];
    int64_t sent = 0;
    for (; *stop == 0; ++sent)
        if (event_send(1) != 0)
            failure("event_send fails");
    *stop = 0;
    return sent;
}

static void set_timer(void)
{
    timer_set(system_time() + 1000000);
}

static bool take(struct frame* frame)
{
    (void)frame;
    ++upcalls;
    __atomic_exchange_n(&events->vcpu[0].pending, 0, __ATOMIC_SEQ_CST);
    __atomic_exchange_n(&events->vcpu[0].selector, 0, __ATOMIC_SEQ_CST);
    const uint64_t news =
        __atomic_fetch_and(&events->pending[0], ~(1ull << port | 1ull << timer), __ATOMIC_SEQ_CST);
    if (handling == MASK_ON_EVENT && (news & 1ull << port) != 0)
        __atomic_fetch_or(&events->mask[0], 1ull << port, __ATOMIC_SEQ_CST);
    if ((news & 1ull << timer) != 0) {
        event_unmask(port);
        set_timer();
    }
    return true;
}

// How far the work gets.
static uint64_t work(void)
{
    uint64_t count = 0;
    const uint64_t end = system_time() + NS;
    upcalls = 0;
    interrupts_on();
    while (system_time() < end)
        ++count;
    interrupts_off();
    return count;
}

static void mask(bool masked)
{
    if (masked)
        __atomic_fetch_or(&events->mask[0], 1ull << port, __ATOMIC_SEQ_CST);
    else
        event_unmask(port);
}

static uint64_t work_in_a_storm(struct child* child, const char* how)
{
    child_begin(child, storm, 0);
    nap(2000000);
    const uint64_t done = work();
    const uint64_t seen = upcalls;
    child_words(child)[0] = 1;
    const int64_t sent = child_end(child);
    print("%s: %lu steps, %lu upcalls, %ld events sent", how, done, seen, sent);
    return done;
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    struct child child = child_make(&wanted);
    on_vector(UPCALL_VECTOR, take);
    upcall_set(UPCALL_VECTOR);
    port = (uint64_t)event_alloc(LINTEL_DOMAIN_SELF, child.domain);
    timer = (uint64_t)event_bind_virq(LINTEL_VIRQ_TIMER, 0);
    expect_equal(child_call(&child, bind, port), 1);

    handling = LET_ALL;
    const uint64_t alone = work();
    print("alone: %lu steps", alone);
    mask(true);
    const uint64_t masked = work_in_a_storm(&child, "masked");
    expect_equal(upcalls, 0);
    handling = MASK_ON_EVENT;
    mask(false);
    set_timer();
    const uint64_t throttled = work_in_a_storm(&child, "masked by the handler");
    expect(upcalls != 0);
    timer_set(LINTEL_TIMER_NEVER);
    handling = LET_ALL;
    mask(false);
    const uint64_t open = work_in_a_storm(&child, "open");
    expect(masked > alone / 4);
    expect(throttled > alone / 4);
    expect(open > 0);
    child_destroy(&child);
    expect_equal(info_of_machine().domains, 1);
}
