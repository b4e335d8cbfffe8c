// SPDX-License-Identifier: Apache-2.0
// event_move of a device's port and of an IPI port, between two vCPUs.
//
// Events follow the port; one that pends is announced where the port went, once it is not masked;
// the old vCPU hears nothing any more. A virtual interrupt's port does not move. A stopped vCPU may
// have ports. Class: XSA-343 (events lost or misdirected while a binding changes).
#include "hypercall.h"
#include "result.h"
#include "rtc.h"
#include "smp.h"
#include "upcall.h"
#include "window.h"

#define ENOUGH (4 * RTC_PERIOD_NS)

static volatile uint32_t phase, other_done;

// vCPU 1 takes upcalls until it is told to end.
static void other(void* argument)
{
    (void)argument;
    upcall_start();
    interrupts_on();
    for (phase = 1; phase != 2;)
        pause();
    interrupts_off();
    other_done = 1;
}

static bool comes_to(unsigned vcpu, uint64_t port)
{
    const uint64_t here = upcall_count_of(0), there = upcall_count_of(1),
                   end = system_time() + ENOUGH;
    bool came = false;
    interrupts_on();
    while (!came && system_time() < end) {
        vcpu_yield();
        came = port_taken((uint32_t)port);
    }
    interrupts_off();
    return came && (upcall_count_of(0) != here) == (vcpu == 0) &&
           (upcall_count_of(1) != there) == (vcpu == 1);
}

static void move(uint64_t port, unsigned vcpu)
{
    port_owner((uint32_t)port, vcpu);
    expect_equal(event_move(port, vcpu), 0);
}

static void check_device(void)
{
    const uint64_t port = (uint64_t)irq_bind(RTC_GSI, 0, LINTEL_IRQ_LEVEL);
    rtc_start();
    for (unsigned round = 0; round < 10; ++round) {
        expect(comes_to(round % 2, port));
        move(port, (round + 1) % 2);
        rtc_acknowledge();
        expect_equal(irq_eoi(port), 0);
    }
    rtc_stop();
    expect_equal(event_close(port), 0);
}

static void check_pending(void)
{
    const uint64_t port = (uint64_t)event_bind_ipi(0);
    __atomic_fetch_or(&events->mask[0], 1ull << port, __ATOMIC_SEQ_CST);
    expect_equal(event_send(port), 0);
    move(port, 1);
    expect(!comes_to(1, port));
    expect_equal(event_unmask(port), 0);
    expect(comes_to(1, port));
    move(port, 0);
    expect_equal(event_send(port), 0); // interrupts are off here: it pends
    move(port, 1);
    const uint64_t end = system_time() + ENOUGH;
    while (!port_taken((uint32_t)port) && system_time() < end)
        vcpu_yield();
    expect_equal(events->pending[0], 0);
    expect_equal(event_close(port), 0);
}

static void check_refused(void)
{
    const uint64_t timer = (uint64_t)event_bind_virq(LINTEL_VIRQ_TIMER, 0);
    expect_equal(event_move(timer, 1), LINTEL_EINVAL);
    expect_equal(event_move(timer + 1, 1), LINTEL_ENOENT);
    const uint64_t port = (uint64_t)event_bind_ipi(0);
    expect_equal(event_move(port, vcpu_count()), LINTEL_ENOENT);
    expect_equal(event_move(port, 1), 0); // stopped
    expect_equal(event_send(port), 0);
    expect_equal(events->vcpu[1].pending, 1);
    expect_equal(events->vcpu[1].selector, 1);
    expect_equal(event_move(port, 0), 0);
    expect_equal(events->vcpu[0].selector, 1);
    expect_equal(event_close(port), 0);
    expect_equal(event_close(timer), 0);
}

void test(void)
{
    need_vcpus(2);
    check_refused();
    upcall_start();
    vcpu_run(1, other, 0);
    while (phase != 1)
        vcpu_yield();
    check_device();
    check_pending();
    phase = 2;
    vcpu_join(1);
}
