// SPDX-License-Identifier: Apache-2.0
// The one-shot timer.
//
// A deadline that has passed fires at once, also 0; one far away and one just below NEVER do not
// fire; NEVER disarms; a new deadline replaces the old one. Never early; late by no more than a
// millisecond on an idle machine. Class: deadlines that overflow when they are converted to ticks.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "upcall.h"

#define US 1000ull
#define MS 1000000ull

static bool fires_within(uint64_t ns)
{
    return wait_for_upcall(upcall_count(), ns);
}

static void check_latency(uint64_t after)
{
    const uint64_t deadline = system_time() + after;
    const uint64_t before = upcall_count();
    expect_equal(timer_set(deadline), 0);
    expect(wait_for_upcall(before, after + 100 * MS));
    const uint64_t now = system_time();
    if (now < deadline || now - deadline > MS)
        print("%lu ns ahead: fired %ld ns late", after, (int64_t)(now - deadline));
    expect(now >= deadline && now - deadline <= MS);
}

void test(void)
{
    upcall_start();
    const uint64_t port = (uint64_t)event_bind_virq(LINTEL_VIRQ_TIMER, 0);
    static const uint64_t past[] = {0, 1, 1000};
    for (unsigned i = 0; i < 3; ++i) {
        expect_equal(timer_set(past[i]), 0);
        expect(fires_within(MS));
        expect(port_taken((uint32_t)port));
        expect(!fires_within(MS)); // one shot
    }
    static const uint64_t future[] = {
        ~0ull - 1,  ~0ull - 2,          1ull << 63,           (1ull << 63) - 1, 1ull << 62,
        1ull << 55, 0xffffffff00000000, 31622400000000000ull, 1ull << 48};
    for (unsigned i = 0; i < sizeof future / sizeof future[0]; ++i) {
        expect_equal(timer_set(future[i]), 0);
        if (fires_within(2 * MS)) {
            print("deadline %lx fired", future[i]);
            expect(!"fires");
        }
    }
    expect_equal(timer_set(system_time() + 2 * MS), 0);
    expect_equal(timer_set(LINTEL_TIMER_NEVER), 0);
    expect(!fires_within(5 * MS));
    expect_equal(timer_set(system_time() + 20 * MS), 0);
    expect_equal(timer_set(system_time() + 1 * MS), 0); // sooner
    expect(fires_within(5 * MS));
    expect(!fires_within(25 * MS)); // the first is gone
    expect_equal(timer_set(system_time() + 1 * MS), 0);
    expect_equal(timer_set(system_time() + 10 * MS), 0); // later
    expect(!fires_within(5 * MS));
    expect(fires_within(20 * MS));

    for (uint64_t after = 10 * US; after < 40 * MS; after *= 4)
        check_latency(after);

    const uint64_t begin = system_time();
    expect_equal(timer_set(begin + 5 * MS), 0);
    asm volatile("sti\n hlt\n cli" : : : "memory");
    const uint64_t slept = system_time() - begin;
    expect(slept >= 5 * MS && slept <= 7 * MS);
}
