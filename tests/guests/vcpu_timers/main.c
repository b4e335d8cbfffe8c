// SPDX-License-Identifier: Apache-2.0
// Timers on several vCPUs at once.
//
// Every vCPU has its own: deadlines in the past, near, replaced by earlier and later ones, and far
// away or beyond all reckoning. Each near one fires once on its own vCPU, asleep or awake, never
// early, while the others' do not; also while vCPU 0, on the same processor as some, yields or
// spins without end. Class: deadlines that overflow; one timer of the processor for several vCPUs.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"

#define US 1000ull
#define MS 1000000ull

static uint32_t ports[MAX_VCPUS];
static volatile uint32_t done;

static void check_one(uint64_t after)
{
    const uint64_t deadline = system_time() + after, before = upcall_count();
    expect_equal(timer_set(deadline), 0);
    while (upcall_count() == before)
        asm volatile("sti\n hlt\n cli" : : : "memory");
    expect(system_time() >= deadline);
    expect(port_taken(ports[this_vcpu()]));
}

static void live(void* unused)
{
    static const uint64_t never[] = {~0ull, ~0ull - 1, 1ull << 63, (1ull << 63) - 1, 1ull << 56};
    (void)unused;
    upcall_start();
    for (unsigned round = 0; round < 10; ++round) {
        check_one(0);
        check_one(50 * US + 13 * US * this_vcpu());
        timer_set(system_time() + 100 * US);
        timer_set(never[round % 5]); // replaces it
        const uint64_t before = upcall_count();
        expect(!wait_for_upcall(before, 300 * US));
        timer_set(system_time() + 100 * MS);
        check_one(MS); // replaced by an earlier one
    }
    expect_equal(timer_set(LINTEL_TIMER_NEVER), 0);
    __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
}

static void all_live(void)
{
    done = 0;
    others_run(live, NULL);
}

void test(void)
{
    need_vcpus(2);
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu) {
        ports[vcpu] = (uint32_t)event_bind_virq(LINTEL_VIRQ_TIMER, vcpu);
        port_owner(ports[vcpu], vcpu);
    }
    live(NULL);
    all_live();
    others_join(); // yields meanwhile
    all_live();
    while (done < vcpu_count() - 1) // spins meanwhile
        spin_for(MS);
    others_join();
    all_live();
    live(NULL);
    others_join();
}
