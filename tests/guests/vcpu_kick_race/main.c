// SPDX-License-Identifier: Apache-2.0
// Kicks against waits, at every distance.
//
// Two vCPUs hand a turn to each other thousands of times: set the word, kick, wait for one's own
// turn by vcpu_wait. A kick that falls between the look at the word and the wait must end that
// wait; one lost kick and the test hangs, which its limit ends. On one processor and on two. Class:
// the lost wake-up.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"

#define TURNS 4000u

static volatile uint32_t turn;
static unsigned partner;

static void take_turns(uint32_t mine, unsigned other)
{
    for (unsigned i = 0; i < TURNS; ++i) {
        while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != mine)
            expect_equal(vcpu_wait(), 0);
        for (unsigned n = 0; n < i % 37; ++n)
            pause(); // another distance each time
        __atomic_store_n(&turn, mine ^ 1, __ATOMIC_SEQ_CST);
        expect_equal(vcpu_kick(other), 0);
    }
}

static void second(void* unused)
{
    (void)unused;
    take_turns(1, 0);
}

void test(void)
{
    need_vcpus(2);
    for (partner = 1; partner < vcpu_count() && partner <= 2; ++partner) {
        turn = 0;
        vcpu_run(partner, second, NULL);
        take_turns(0, partner);
        vcpu_join(partner);
    }
}
