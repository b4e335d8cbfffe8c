// SPDX-License-Identifier: Apache-2.0
// vCPUs that have nothing to do.
//
// All vCPUs sleep, in HLT, in HLT with a far timer, and in vcpu_wait, for a tenth of a second:
// there must be hardly an exit meanwhile (fewer than thirty of each), and the one whose timer ends
// it must wake up in time. Class: a halted vCPU that is polled.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"
#include "window.h"

#define SPELL 100000000ull /* ns */

static volatile uint32_t asleep;
static uint32_t ports[MAX_VCPUS];

static uint64_t exits_of(unsigned vcpu)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < LINTEL_EXIT_CLASSES; ++i)
        sum += stats[vcpu].exits[i];
    return sum;
}

static void sleep_on(void* unused)
{
    const unsigned vcpu = this_vcpu();
    (void)unused;
    upcall_start();
    if (vcpu % 3 == 1)
        timer_set(system_time() + 10 * SPELL);
    __atomic_add_fetch(&asleep, 1, __ATOMIC_SEQ_CST);
    if (vcpu % 3 == 2)
        vcpu_wait();
    else
        asm volatile("sti\n hlt\n cli" : : : "memory");
}

void test(void)
{
    uint64_t before[MAX_VCPUS];
    need_vcpus(2);
    upcall_start();
    const uint32_t timer = (uint32_t)event_bind_virq(LINTEL_VIRQ_TIMER, 0);
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
        ports[vcpu] = (uint32_t)event_bind_ipi(vcpu);
        port_owner(ports[vcpu], vcpu);
    }
    others_run(sleep_on, NULL);
    wait_for(&asleep, vcpu_count() - 1);
    nap(2000000);
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu)
        before[vcpu] = exits_of(vcpu);
    const uint64_t end = system_time() + SPELL;
    timer_set(end);
    asm volatile("sti\n hlt\n cli" : : : "memory");
    expect(port_taken(timer));
    expect(system_time() >= end && system_time() < end + 5000000);
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu) {
        const uint64_t exits = exits_of(vcpu) - before[vcpu];
        if (exits >= 30)
            print("vCPU %u left the guest %lu times", vcpu, exits);
        expect(exits < 30);
    }
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
        event_send(ports[vcpu]);
        vcpu_kick(vcpu);
    }
    others_join();
}
