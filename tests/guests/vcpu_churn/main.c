// SPDX-License-Identifier: Apache-2.0
// vCPUs started and stopped a thousand times.
//
// Each start must run its function once, on the right vCPU, with what others wrote before it in
// view; each stop must be seen by vcpu_state, after which nothing of it runs any more. Some lives
// end with a timer armed, an upcall due, an NMI or a kick on its way: the next life must not get
// them, but for the upcall. Class: what a stopped vCPU leaves behind.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

static volatile uint32_t lives[MAX_VCPUS];
static volatile unsigned nmis;

static bool on_nmi(struct frame* frame)
{
    (void)frame;
    ++nmis;
    return true;
}

static void live(void* argument)
{
    const uint32_t life = (uint32_t)(uintptr_t)argument;
    const unsigned vcpu = this_vcpu();
    expect_equal(lives[vcpu], life);
    lives[vcpu] = life + 1;
    if (life % 3 == 0)
        timer_set(system_time() + 100000);
    if (life % 5 == 0)
        upcall_set(UPCALL_VECTOR);
}

static volatile uint32_t waiting;

static void wait_is_long(void* unused)
{
    (void)unused;
    upcall_start();
    interrupts_on(); // an upcall that is due outlives lives, and kernels of the same boot
    pause(); // behind the shadow of STI
    interrupts_off();
    const uint64_t begin = system_time();
    timer_set(begin + 2000000);
    asm volatile("sti\n hlt\n cli" : : : "memory"); // by the new life's timer, not by an old one
    const uint64_t slept = system_time() - begin;
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    const uint64_t waits = system_time();
    vcpu_wait(); // for the new life's kick
    const uint64_t waited = system_time() - waits;
    if (slept < 2000000 || waited < 1000000)
        print("vCPU %u slept %lu ns and waited %lu ns", this_vcpu(), slept, waited);
    expect(slept >= 2000000 && waited >= 1000000);
}

void test(void)
{
    need_vcpus(2);
    on_vector(VECTOR_NMI, on_nmi);
    for (uintptr_t life = 0; life < 300; ++life) {
        others_run(live, (void*)life);
        others_join();
        for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
            expect_equal(lives[vcpu], life + 1);
            if (life % 7 == 0)
                expect_equal(vcpu_nmi(vcpu), 0); // stopped: no effect, now or later
            if (life % 4 == 0)
                expect_equal(vcpu_kick(vcpu), 0);
        }
    }
    expect_equal(nmis, 0);
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
        const int64_t port = event_bind_virq(LINTEL_VIRQ_TIMER, vcpu);
        port_owner((uint32_t)port, vcpu);
        vcpu_kick(vcpu);
    }
    others_run(wait_is_long, NULL);
    wait_for(&waiting, vcpu_count() - 1);
    nap(2000000);
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        vcpu_kick(vcpu);
    others_join();
}
