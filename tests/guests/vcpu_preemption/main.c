// SPDX-License-Identifier: Apache-2.0
// A vCPU that spins with interrupts off, on the only processor.
//
// vCPU 1 never leaves the guest by itself, with interrupts off; then with PAUSE; then in a storm of
// hypercalls that fail; then in a storm of exits. vCPU 0 on the same processor must go on, sleep by
// its timer and wake up not more than a few slices late. Class: CPU starvation by one vCPU.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

#define MS 1000000ull

static volatile uint32_t release, alive;

static void spin(void* unused)
{
    (void)unused;
    while (release == 0)
        ++alive;
}
static void spin_with_pause(void* unused)
{
    (void)unused;
    for (; release == 0; ++alive)
        pause();
}
static void call(void* unused)
{
    (void)unused;
    for (; release == 0; ++alive)
        event_send(4095);
}
static void leave(void* unused)
{
    (void)unused;
    for (; release == 0; ++alive)
        cpuid(0x40000000, 0);
}

static void check(const char* name, excursion_function function)
{
    alive = release = 0;
    vcpu_run(1, function, NULL);
    wait_for(&alive, 1);
    for (unsigned i = 0; i < 10; ++i) {
        const uint64_t begin = system_time(), before = upcall_count();
        timer_set(begin + 2 * MS);
        while (upcall_count() == before)
            asm volatile("sti\n hlt\n cli" : : : "memory");
        const uint64_t slept = system_time() - begin;
        if (slept < 2 * MS || slept > 40 * MS)
            print("%s: slept %lu ns", name, slept);
        expect(slept >= 2 * MS && slept <= 40 * MS);
        spin_for(MS);
    }
    const uint32_t before = alive;
    nap(30 * MS); // it has its share too
    expect(alive != before);
    release = 1;
    vcpu_join(1);
}

void test(void)
{
    need_vcpus(2);
    upcall_start();
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 1);
    check("spinning", spin);
    check("spinning with PAUSE", spin_with_pause);
    check("failing hypercalls", call);
    check("exits", leave);
}
