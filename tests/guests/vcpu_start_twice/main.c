// SPDX-License-Identifier: Apache-2.0
// Starting a vCPU that is not stopped.
//
// Of a vCPU that runs, waits in HLT, waits in vcpu_wait, or is the caller itself, vcpu_start must
// give LINTEL_EBUSY, and change nothing of what it does. After it has stopped it starts again.
// Class: XSA-296 (VCPUOP_initialise); state overwritten under a running vCPU.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

static volatile uint32_t counter, release;

static void run(void* unused)
{
    (void)unused;
    while (release == 0)
        ++counter;
}
static void halt(void* unused)
{
    (void)unused;
    upcall_start();
    counter = 1;
    while (release == 0)
        asm volatile("sti\n hlt\n cli" : : : "memory");
}
static void wait(void* unused)
{
    (void)unused;
    counter = 1;
    while (release == 0)
        vcpu_wait();
}

static void never(void* unused)
{
    (void)unused;
    failure("a second start had an effect");
}

static void refused(unsigned vcpu)
{
    for (unsigned i = 0; i < 100; ++i)
        expect_equal(vcpu_start_at(vcpu, (uintptr_t)never, 0, 0, read_cr3()), LINTEL_EBUSY);
    // Wrong arguments are found first, or not: it is never a success.
    expect(vcpu_start_at(vcpu, 1ull << 63, 0, 0, 0) < 0);
}

static void check(excursion_function function, int64_t state, uint64_t port)
{
    counter = release = 0;
    vcpu_run(1, function, NULL);
    wait_for(&counter, 1);
    while (vcpu_state(1) != state)
        vcpu_yield();
    refused(1);
    refused(0); // oneself
    expect_equal(vcpu_state(1), state);
    release = 1;
    event_send(port);
    vcpu_kick(1);
    vcpu_join(1);
}

void test(void)
{
    need_vcpus(2);
    const int64_t port = event_bind_ipi(1);
    port_owner((uint32_t)port, 1);
    for (unsigned round = 0; round < 5; ++round) {
        check(run, LINTEL_VCPU_RUNNABLE, (uint64_t)port);
        check(halt, LINTEL_VCPU_BLOCKED, (uint64_t)port);
        check(wait, LINTEL_VCPU_BLOCKED, (uint64_t)port);
    }
}
