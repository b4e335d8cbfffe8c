// SPDX-License-Identifier: Apache-2.0
// HLT with interrupts off.
//
// Such a vCPU sleeps for good: events, kicks and its timer do not wake it, an NMI does. The others
// go on, and the domain can end while it sleeps. Class: a vCPU that nothing can end; activity
// states.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

static volatile uint32_t asleep, woken;
static volatile unsigned nmis;

static bool on_nmi(struct frame* frame)
{
    (void)frame;
    ++nmis;
    return true;
}

static void sleep_on(void* unused)
{
    (void)unused;
    upcall_start();
    timer_set(system_time() + 100000);
    asleep = 1;
    asm volatile("cli\n hlt" : : : "memory");
    woken = 1;
    for (;;)
        asm volatile("cli\n hlt" : : : "memory");
}

void test(void)
{
    need_vcpus(2);
    on_vector(VECTOR_NMI, on_nmi);
    const int64_t port = event_bind_ipi(1);
    port_owner((uint32_t)port, 1);
    port_owner((uint32_t)event_bind_virq(LINTEL_VIRQ_TIMER, 1), 1);
    vcpu_run(1, sleep_on, NULL);
    wait_for(&asleep, 1);
    nap(2000000);
    for (unsigned i = 0; i < 100; ++i) {
        expect_equal(event_send((uint64_t)port), 0);
        expect_equal(vcpu_kick(1), 0);
        expect_equal(vcpu_state(1), LINTEL_VCPU_BLOCKED);
    }
    expect_equal(woken, 0);
    expect_equal(vcpu_nmi(1), 0);
    wait_for(&woken, 1);
    expect_equal(nmis, 1);
    expect_equal(upcall_count_of(1), 0);
    nap(2000000);
    expect_equal(vcpu_state(1), LINTEL_VCPU_BLOCKED);
    finish_at_once(); // it sleeps on while the power goes off
}
