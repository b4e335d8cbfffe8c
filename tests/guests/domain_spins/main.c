// SPDX-License-Identifier: Apache-2.0
// Children that never let go of a processor.
//
// One child spins with interrupts off on every one of its vCPUs, which are more than there are
// processors; dom0 goes on: its timer comes, and its calls on the child return. While it is paused
// the child does not count on and gets no processor time; unpaused it does. It is destroyed in the
// middle of it. Class: a guest that keeps a processor (XSA-60, XSA-156, XSA-444).
#include "child.h"

#include <stddef.h>

#include "domain.h"
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"

#define VCPUS 5

static void count(void* unused)
{
    (void)unused;
    const unsigned vcpu = this_vcpu();
    interrupts_off();
    for (uint64_t i = 1;; ++i)
        child_words(NULL)[vcpu] = i;
}

static int64_t spin(uint64_t unused)
{
    (void)unused;
    others_run(count, NULL);
    count(NULL);
    return 0;
}

static void expect_counting(const struct child* child, bool counts)
{
    uint64_t before[VCPUS];
    const uint64_t cpu_ns = info_of(child->domain).cpu_ns;
    for (unsigned vcpu = 0; vcpu < VCPUS; ++vcpu)
        before[vcpu] = child_words(child)[vcpu];
    nap(120000000);
    for (unsigned vcpu = 0; vcpu < VCPUS; ++vcpu)
        expect((child_words(child)[vcpu] != before[vcpu]) == counts);
    expect((info_of(child->domain).cpu_ns != cpu_ns) == counts);
}

static void await_all(const struct child* child)
{
    for (unsigned vcpu = 0; vcpu < VCPUS; ++vcpu)
        child_await(child, vcpu, 1);
}

static void expect_timer(uint32_t port)
{
    const uint64_t before = upcall_count();
    timer_set(system_time() + 1000000);
    expect(wait_for_upcall(before, 500000000));
    expect(port_taken(port));
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(VCPUS);
    const struct lintel_machine_info before = info_of_machine();
    upcall_start();
    const uint32_t timer = (uint32_t)event_bind_virq(LINTEL_VIRQ_TIMER, 0);
    for (unsigned round = 0; round < 3; ++round) {
        struct child child = child_make(&wanted);
        child_begin(&child, spin, 0);
        await_all(&child);
        expect_timer(timer);
        expect_counting(&child, true);
        expect_equal(domain_pause(child.domain), 0);
        expect_counting(&child, false);
        expect_timer(timer);
        if (round == 1)
            expect_equal(domain_pause(child.domain), 0); // once more
        if (round != 2) {
            expect_equal(domain_unpause(child.domain), 0);
            expect_counting(&child, true);
        }
        child_destroy(&child); // running, or paused
    }
    expect_equal(info_of_machine().free_frames, before.free_frames);
}
