// SPDX-License-Identifier: Apache-2.0
// A device's edge-triggered line: the periodic interrupt of the clock chip.
//
// A line that nobody has bound stays silent while its device interrupts. Bound, every edge is an
// event; irq_eoi changes nothing; a line that is not released has no more edges. Nobody but the
// device raises the port. Closed, it is silent; bound again, it works. Class: XSA-343 (a port's
// next life).
#include "hypercall.h"
#include "result.h"
#include "rtc.h"
#include "upcall.h"
#include "window.h"

#define ENOUGH (4 * RTC_PERIOD_NS)

static bool event_comes(uint64_t port)
{
    wait_for_upcall(upcall_count(), ENOUGH);
    return port_taken((uint32_t)port);
}

static void check_silence(void)
{
    const uint64_t before = stats->exits[LINTEL_EXIT_INTERRUPT];
    for (unsigned edge = 0; edge < 10; ++edge) {
        expect(!wait_for_upcall(upcall_count(), 2 * RTC_PERIOD_NS));
        expect(rtc_acknowledge()); // it did interrupt, as far as it goes
    }
    expect_equal(events->pending[0], 0);
    expect(stats->exits[LINTEL_EXIT_INTERRUPT] - before < 2); // one may have been on its way
}

static uint64_t bind(void)
{
    const int64_t port = irq_bind(RTC_GSI, 0, 0);
    expect_equal(port, 1);
    rtc_acknowledge(); // an edge before the binding is lost: look once
    return (uint64_t)port;
}

static void check_events(uint64_t port)
{
    for (unsigned round = 0; round < 5; ++round) {
        expect(event_comes(port));
        expect(rtc_acknowledge());
        expect_equal(irq_eoi(port), 0);
    }
    expect(event_comes(port));
    expect_equal(irq_eoi(port), 0); // the line is not released
    expect(!event_comes(port));
    rtc_acknowledge();
    expect(event_comes(port));
    rtc_acknowledge();
}

void test(void)
{
    upcall_start();
    rtc_start();
    check_silence();
    const uint64_t port = bind();
    check_events(port);
    expect_equal(event_send(port), LINTEL_EPERM);
    expect_equal(irq_bind(RTC_GSI, 0, LINTEL_IRQ_LEVEL), LINTEL_EEXIST);
    expect_equal(event_close(port), 0);
    rtc_acknowledge();
    check_silence();
    check_events(bind());
    event_close(port);
    rtc_stop();
}
