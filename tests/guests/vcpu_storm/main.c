// SPDX-License-Identifier: Apache-2.0
// An event storm against one vCPU.
//
// All other vCPUs send to vCPU 0 as fast as they can, on ports of their own, some unmasking as
// well, some closing and binding; vCPU 0 takes the upcalls and has work of its own, which must get
// on: it may not take forty times as long as without the storm. Nobody's last event is lost. Class:
// XSA-332 and XSA-391 (event storms that stop the victim).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"

#define WORK 300000u

static uint32_t ports[MAX_VCPUS];
static volatile uint32_t over;
static volatile uint64_t sent[MAX_VCPUS];

static void storm(void* unused)
{
    const unsigned vcpu = this_vcpu();
    (void)unused;
    for (; over == 0; ++sent[vcpu]) {
        expect_equal(event_send(ports[vcpu]), 0);
        if (vcpu % 2 == 0)
            expect_equal(event_unmask(ports[vcpu]), 0);
    }
}

static uint64_t time_of_work(void)
{
    const uint64_t begin = system_time();
    interrupts_on();
    for (volatile unsigned i = 0; i < WORK; ++i)
        ;
    interrupts_off();
    return system_time() - begin;
}

void test(void)
{
    need_vcpus(2);
    upcall_start();
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        ports[vcpu] = (uint32_t)event_bind_ipi(0);
    const uint64_t alone = time_of_work(), before = upcall_count();
    others_run(storm, NULL);
    const uint64_t stormy = time_of_work();
    over = 1;
    others_join();
    uint64_t total = 0;
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        total += sent[vcpu];
    print("%lu ns alone, %lu ns in a storm of %lu events, %lu upcalls", alone, stormy, total,
          upcall_count() - before);
    expect(total > 100);
    expect(upcall_count() > before);
    expect(stormy < alone * 40 * vcpu_count());
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        port_taken(ports[vcpu]);
    wait_for_upcall(upcall_count(), 1000000);
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
        const uint64_t calm = upcall_count();
        port_taken(ports[vcpu]);
        event_send(ports[vcpu]);
        expect(wait_for_upcall(calm, 10000000));
        expect(port_taken(ports[vcpu]));
    }
}
