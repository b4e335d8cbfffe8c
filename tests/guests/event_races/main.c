// SPDX-License-Identifier: Apache-2.0
// Binding, closing, sending, masking and moving the same ports on several vCPUs at once.
//
// All vCPUs take random calls on eight ports, which others close and bind under their hands. Every
// result must be one that some order of the calls gives; the hypervisor goes on; and afterwards all
// ports are free or can be closed, all 4095 can be bound, and each delivers to its own vCPU. Class:
// XSA-338, XSA-340, XSA-343 (port validity and races), XSA-496.
#include "hypercall.h"
#include "processor.h"
#include "random.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

#define CALLS 4000u
#define PORTS 8u

static struct barrier barrier;

static bool among(int64_t result, int64_t a, int64_t b, int64_t c)
{
    return result == a || result == b || result == c;
}

static void call(uint64_t dice)
{
    const uint64_t port = 1 + dice % PORTS, vcpu = (dice >> 8) % vcpu_count();
    int64_t result = 0;
    bool legal;
    switch (dice >> 16 & 7) {
    case 0:
    case 1:
        result = event_bind_ipi(vcpu);
        legal = result >= 1 && result < LINTEL_EVENT_PORTS;
        if (result > PORTS) // keep to the eight
            expect_equal(event_close((uint64_t)result), 0);
        break;
    case 2:
        result = event_bind_virq(LINTEL_VIRQ_TIMER, vcpu);
        legal = result == LINTEL_EEXIST || (result >= 1 && result < LINTEL_EVENT_PORTS);
        if (result > PORTS)
            expect_equal(event_close((uint64_t)result), 0);
        break;
    case 3:
        result = event_close(port);
        legal = among(result, 0, LINTEL_ENOENT, 0);
        break;
    case 4:
    case 5:
        result = event_send(port);
        legal = among(result, 0, LINTEL_ENOENT, LINTEL_EPERM);
        break;
    case 6:
        result = event_unmask(port);
        legal = among(result, 0, LINTEL_ENOENT, 0);
        break;
    default:
        result = event_move(port, vcpu);
        legal = among(result, 0, LINTEL_ENOENT, LINTEL_EINVAL);
    }
    if (!legal)
        print("call %lu on port %lu gives %ld", dice >> 16 & 7, port, result);
    expect(legal);
}

static void race(void* unused)
{
    uint64_t state = RANDOM_SEED * (2 * this_vcpu() + 1);
    (void)unused;
    upcall_start();
    meet(&barrier, vcpu_count());
    for (unsigned i = 0; i < CALLS; ++i) {
        const uint64_t dice = random_next(&state);
        if (i % 16 == 0)
            timer_set(dice % 2 == 0 ? 0 : LINTEL_TIMER_NEVER);
        if (i % 32 == 0)
            asm volatile("sti\n nop\n nop\n cli" : : : "memory");
        call(dice);
    }
    timer_set(LINTEL_TIMER_NEVER);
    meet(&barrier, vcpu_count());
}

static void listen(void* unused)
{
    (void)unused;
    upcall_start();
    meet(&barrier, vcpu_count());
    interrupts_on();
    spin_for(20000000);
    interrupts_off();
}

static void check_afterwards(void)
{
    uint32_t ports[MAX_VCPUS];
    for (uint64_t port = 1; port < LINTEL_EVENT_PORTS; ++port)
        expect(among(event_close(port), 0, LINTEL_ENOENT, 0));
    for (uint64_t port = 1; port < LINTEL_EVENT_PORTS; ++port)
        expect_equal(event_bind_ipi(port % vcpu_count()), port);
    expect_equal(event_bind_ipi(0), LINTEL_ENOSPC);
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
        ports[vcpu] = vcpu_count() + vcpu;
        port_owner(ports[vcpu], vcpu);
        port_taken(ports[vcpu]);
    }
    others_run(listen, NULL);
    meet(&barrier, vcpu_count());
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        expect_equal(event_send(ports[vcpu]), 0);
    others_join();
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        expect(port_taken(ports[vcpu]));
}

void test(void)
{
    need_vcpus(2);
    others_run(race, NULL);
    race(NULL);
    others_join();
    check_afterwards();
}
