// SPDX-License-Identifier: Apache-2.0
// vcpu_wait and what ends it.
//
// A kick ends the wait that it meets, or else the next one, and no more than one; several kicks are
// one. A due upcall ends it with interrupts on, not with interrupts off; an NMI ends it always. The
// waiting vCPU takes no time: another on its processor gets it all. Class: wake-ups lost or made
// up.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

static volatile uint32_t step, woken;
static volatile unsigned nmis;

static bool on_nmi(struct frame* frame)
{
    (void)frame;
    ++nmis;
    return true;
}

static void sleeper(void* unused)
{
    (void)unused;
    upcall_start();
    for (uint32_t wanted = 1; wanted <= 4; ++wanted) {
        wait_for(&step, wanted);
        if (wanted == 2) {
            // In the shadow of STI: the upcall ends the wait, and does not come ahead of it.
            int64_t result = LINTEL_HC_vcpu_wait;
            asm volatile("sti\n vmcall\n cli" : "+a"(result) : "D"(0) : "memory");
            expect_equal(result, 0);
        } else {
            vcpu_wait();
        }
        woken = wanted;
    }
}

static void until_blocked(void)
{
    for (unsigned i = 0; vcpu_state(1) != LINTEL_VCPU_BLOCKED; ++i) {
        if (i > 1000000)
            failure("vCPU 1 does not block at step %u", step);
        vcpu_yield();
    }
    nap(1000000);
    expect_equal(vcpu_state(1), LINTEL_VCPU_BLOCKED);
}

void test(void)
{
    need_vcpus(2);
    const int64_t port = event_bind_ipi(1);
    port_owner((uint32_t)port, 1);
    on_vector(VECTOR_NMI, on_nmi);

    expect_equal(vcpu_kick(0), 0); // one's own next wait; three are one
    expect_equal(vcpu_kick(0), 0);
    expect_equal(vcpu_kick(0), 0);
    expect_equal(vcpu_wait(), 0);

    vcpu_run(1, sleeper, NULL);
    step = 1;
    until_blocked();
    event_send((uint64_t)port); // interrupts are off there
    until_blocked();
    expect_equal(woken, 0);
    vcpu_kick(1);
    wait_for(&woken, 1);

    step = 2; // the event is due still, and now ends it
    wait_for(&woken, 2);
    expect_equal(upcall_count_of(1), 1);

    step = 3;
    until_blocked();
    vcpu_nmi(1);
    wait_for(&woken, 3);
    expect_equal(nmis, 1);

    vcpu_kick(1); // ahead of the wait
    vcpu_kick(1);
    step = 4;
    wait_for(&woken, 4);
    vcpu_join(1);
}
