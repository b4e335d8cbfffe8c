// SPDX-License-Identifier: Apache-2.0
// A guest that scribbles over the words it shares with the hypervisor.
//
// Random values go over the whole events page, between and during deliveries of IPIs and the timer.
// The guest may lose its own events; the hypervisor must not follow any word of it. Afterwards,
// with a clean page, events work again. Class: XSA-155 and every index read from shared memory.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

static uint64_t state = 0x9e3779b97f4a7c15;
static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static bool ignore(struct frame* frame)
{
    (void)frame;
    return true;
}

void test(void)
{
    volatile uint64_t* const words = (volatile uint64_t*)events;
    uint64_t ports[8];
    on_vector(UPCALL_VECTOR, ignore);
    upcall_set(UPCALL_VECTOR);
    for (unsigned i = 0; i < 7; ++i)
        ports[i] = (uint64_t)event_bind_ipi(0);
    ports[7] = (uint64_t)event_bind_virq(LINTEL_VIRQ_TIMER, 0);
    interrupts_on();
    for (unsigned round = 0; round < 20000; ++round) {
        for (unsigned i = 0; i < 16; ++i)
            words[next_random() % 512] = next_random() % 4 == 0 ? 0 : next_random();
        if (round % 100 == 0)
            for (unsigned i = 0; i < 512; ++i)
                words[i] = next_random();
        expect_equal(event_send(ports[round % 7]), 0);
        expect_equal(event_unmask(ports[next_random() % 8]), 0);
        timer_set(next_random() % 2 == 0 ? 0 : next_random());
        if (round % 10 == 0) {
            expect_equal(event_close(ports[0]), 0);
            expect_equal(event_bind_ipi(0), (int64_t)ports[0]);
        }
    }
    interrupts_off();
    timer_set(LINTEL_TIMER_NEVER);
    for (unsigned i = 0; i < 512; ++i)
        words[i] = 0;
    upcall_start();
    wait_for_upcall(upcall_count(), 1000000); // one may have been due still
    for (unsigned i = 0; i < 7; ++i) {
        const uint64_t before = upcall_count();
        port_taken((uint32_t)ports[i]);
        expect_equal(event_send(ports[i]), 0);
        expect(wait_for_upcall(before, 1000000));
        expect(port_taken((uint32_t)ports[i]));
    }
}
