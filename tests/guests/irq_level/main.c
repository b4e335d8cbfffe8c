// SPDX-License-Identifier: Apache-2.0
// A level-triggered line that is never let go of must not storm.
//
// One event, and hardly an exit, until irq_eoi; then one more at once, for each irq_eoi. A released
// line is quiet, and works. Closed while asserted it is silent, whatever is acknowledged; bound
// while asserted it interrupts at once. Class: XSA-332 (interrupt storms keep the host busy).
#include "hypercall.h"
#include "result.h"
#include "rtc.h"
#include "upcall.h"
#include "window.h"

#define OTHER_GSI 10u // of no device here
#define ENOUGH (4 * RTC_PERIOD_NS)
#define HARDLY 8 // exits by physical interrupts; a storm makes thousands

static uint64_t interrupts(void)
{
    return stats->exits[LINTEL_EXIT_INTERRUPT];
}

static bool event_comes(uint64_t port)
{
    wait_for_upcall(upcall_count(), ENOUGH);
    return port_taken((uint32_t)port);
}

// The emulator sends for an asserted line when it looks at it, which it does when any pin's entry
// is written; silicon, when an interrupt ends.
static void look_at_lines(void)
{
    interrupts_on(); // for the emulator, too: see irq_race
    for (unsigned round = 0; round < 100; ++round) {
        const int64_t port = irq_bind(OTHER_GSI, 0, 0);
        expect(port > 0);
        expect_equal(event_close((uint64_t)port), 0);
    }
    interrupts_off();
}

static void check_silence(uint64_t port)
{
    const uint64_t before = interrupts();
    look_at_lines();
    expect(!event_comes(port));
    expect_equal(events->pending[0], 0);
    expect(interrupts() - before < HARDLY);
}

static void check_held(uint64_t port)
{
    expect(event_comes(port));
    check_silence(port); // asserted all the time
    const uint64_t before = interrupts(), upcalls = upcall_count();
    for (unsigned round = 0; round < 100; ++round) {
        expect_equal(irq_eoi(port), 0);
        expect(event_comes(port));
    }
    expect_equal(upcall_count() - upcalls, 100);
    expect(interrupts() - before < 100 + HARDLY);
    check_silence(port);
}

static void check_release(uint64_t port)
{
    for (unsigned round = 0; round < 5; ++round) {
        expect(rtc_acknowledge());
        expect_equal(irq_eoi(port), 0);
        expect(event_comes(port));
    }
    rtc_stop();
    expect_equal(irq_eoi(port), 0);
    check_silence(port);
    expect_equal(irq_eoi(port), 0); // nothing to end
    check_silence(port);
}

static void check_close(uint64_t port)
{
    rtc_start();
    expect(event_comes(port));
    expect_equal(event_close(port), 0);
    expect_equal(irq_eoi(port), LINTEL_ENOENT);
    check_silence(port);
    expect_equal(irq_bind(RTC_GSI, 0, LINTEL_IRQ_LEVEL), (int64_t)port); // asserted still
    expect(event_comes(port));
    expect_equal(event_close(port), 0);
    for (unsigned round = 0; round < 100; ++round) { // with an interrupt on its way
        expect_equal(irq_bind(RTC_GSI, 0, LINTEL_IRQ_LEVEL), (int64_t)port);
        expect_equal(event_close(port), 0);
    }
    check_silence(port);
    rtc_stop();
}

void test(void)
{
    upcall_start();
    rtc_start();
    const int64_t port = irq_bind(RTC_GSI, 0, LINTEL_IRQ_LEVEL);
    expect_equal(port, 1);
    check_held((uint64_t)port);
    check_release((uint64_t)port);
    check_close((uint64_t)port);
}
