// SPDX-License-Identifier: Apache-2.0
// More vCPUs than processors, all busy.
//
// Every vCPU counts for a while without ever leaving the guest by itself, half of them with
// interrupts off. Each must get its share: none less than a quarter of what an even division among
// its processor's vCPUs gives, and none nothing. Then all of them yield to each other, and all pass
// a barrier a hundred times. Class: starvation (a vCPU that keeps its processor).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"

#define SPELL 400000000ull /* ns */

static volatile uint64_t counts[MAX_VCPUS];
static volatile uint32_t started;
static volatile uint64_t end;
static struct barrier barrier;

static void count(void* unused)
{
    const unsigned vcpu = this_vcpu();
    (void)unused;
    if (vcpu % 2 == 0)
        interrupts_on();
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    while (end == 0 || system_time() < end)
        ++counts[vcpu];
    interrupts_off();
}

static void meet_often(void* unused)
{
    (void)unused;
    for (unsigned i = 0; i < 100; ++i)
        meet(&barrier, vcpu_count());
}

void test(void)
{
    need_vcpus(4);
    others_run(count, NULL);
    end = system_time() + SPELL;
    count(NULL);
    wait_for(&started, vcpu_count());
    others_join();
    uint64_t total = 0;
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu)
        total += counts[vcpu];
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu) {
        print("vCPU %u counted %lu", vcpu, counts[vcpu]);
        expect(counts[vcpu] >= total / vcpu_count() / 4);
    }
    others_run(meet_often, NULL);
    meet_often(NULL);
    others_join();
}
