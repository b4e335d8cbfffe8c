// SPDX-License-Identifier: Apache-2.0
// One line, two vCPUs that do everything to it at once.
//
// While its device asserts the line without end, one vCPU acknowledges as fast as it can what the
// other gets: no more events and interrupts than acknowledgements. Then one binds and closes the
// port while the other acknowledges, moves and unmasks it: no storm, no event of a closed line, and
// the line works afterwards. Class: XSA-343 and XSA-344 (races with closing).
#include "hypercall.h"
#include "result.h"
#include "rtc.h"
#include "smp.h"
#include "upcall.h"
#include "window.h"

#define ROUNDS 2000
#define ENOUGH (4 * RTC_PERIOD_NS)
#define HARDLY 8 // interrupts; a storm makes thousands

static volatile uint32_t done;

// vCPU 1 has interrupts on, though it takes none: in a guest that was entered with interrupts off,
// the emulator looks for physical interrupts only once the guest has changed RFLAGS.IF.
static void acknowledge(void* argument)
{
    const uint64_t port = *(const uint64_t*)argument;
    interrupts_on();
    for (unsigned round = 0; round < ROUNDS; ++round)
        if (irq_eoi(port) != 0)
            failure("irq_eoi of a bound port is refused");
}

static void misuse(void* argument)
{
    const uint64_t port = *(const uint64_t*)argument;
    interrupts_on();
    while (!done) {
        const int64_t results[] = {irq_eoi(port), event_move(port, 1), event_unmask(port),
                                   event_move(port, 0)};
        for (unsigned i = 0; i < sizeof results / sizeof results[0]; ++i)
            if (results[i] != 0 && results[i] != LINTEL_ENOENT)
                failure("%ld of call %u", results[i], i);
    }
}

static uint64_t interrupts(void)
{
    return stats[0].exits[LINTEL_EXIT_INTERRUPT] + stats[1].exits[LINTEL_EXIT_INTERRUPT];
}

static void check_events(uint64_t port)
{
    const uint64_t upcalls = upcall_count(), before = interrupts();
    vcpu_run(1, acknowledge, &port);
    interrupts_on();
    vcpu_join(1);
    interrupts_off();
    expect(port_taken((uint32_t)port));
    expect(upcall_count() - upcalls > 1);
    expect(upcall_count() - upcalls <= ROUNDS + 1);
    expect(interrupts() - before <= ROUNDS + HARDLY);
}

static void check_closing(uint64_t port)
{
    done = 0;
    vcpu_run(1, misuse, &port);
    for (unsigned round = 0; round < ROUNDS; ++round) {
        if (event_close(port) != 0 || irq_bind(RTC_GSI, 0, LINTEL_IRQ_LEVEL) != (int64_t)port)
            failure("round %u", round);
    }
    done = 1;
    vcpu_join(1);
}

static void check_that_it_works(uint64_t port)
{
    event_close(port);
    events->pending[0] = 0;
    expect(!wait_for_upcall(upcall_count(), ENOUGH) || !port_taken((uint32_t)port));
    const uint64_t before = interrupts();
    expect(!wait_for_upcall(upcall_count(), ENOUGH));
    expect(interrupts() - before < HARDLY);

    expect_equal(irq_bind(RTC_GSI, 0, LINTEL_IRQ_LEVEL), (int64_t)port);
    for (unsigned round = 0; round < 5; ++round) {
        expect(wait_for_upcall(upcall_count(), ENOUGH));
        expect(port_taken((uint32_t)port));
        rtc_acknowledge();
        expect_equal(irq_eoi(port), 0);
    }
}

void test(void)
{
    need_vcpus(2);
    upcall_start();
    rtc_start();
    static uint64_t port;
    port = (uint64_t)irq_bind(RTC_GSI, 0, LINTEL_IRQ_LEVEL);
    check_events(port);
    check_closing(port);
    check_that_it_works(port);
    rtc_stop();
}
