// SPDX-License-Identifier: Apache-2.0
// Ports up to the limit, at it, and one beyond.
//
// All 4095 ports are bound; each can be sent to and is seen pending in its own bit, the last one as
// the first; the next ones do not exist, for any call and with any upper half. Closed in random
// order they are given out again from the lowest on. Masks of ports that do not exist reach
// nothing. Class: XSA-317, XSA-342 (the limit differs by place).
#include "hypercall.h"
#include "processor.h"
#include "random.h"
#include "result.h"
#include "upcall.h"
#include "window.h"

#define LAST (LINTEL_EVENT_PORTS - 1)

static void check_each(void)
{
    upcall_start();
    for (uint32_t port = 1; port <= LAST; ++port) {
        expect_equal(event_send(port), 0);
        expect_equal(events->pending[port / 64], 1ull << port % 64);
        expect_equal(events->vcpu[0].selector, 1ull << port / 64);
        asm volatile("sti\n nop\n nop\n cli" : : : "memory");
        expect(port_taken(port));
        expect_equal(events->pending[port / 64], 0);
    }
    // All at once.
    for (uint32_t port = 1; port <= LAST; ++port)
        event_send(port);
    expect_equal(events->vcpu[0].selector, ~0ull);
    const uint64_t before = upcall_count();
    asm volatile("sti\n nop\n nop\n cli" : : : "memory");
    expect_equal(upcall_count(), before + 1);
    unsigned missing = 0;
    for (uint32_t port = 1; port <= LAST; ++port)
        missing += !port_taken(port);
    expect_equal(missing, 0);
}

static void check_beyond(void)
{
    static const uint64_t beyond[] = {0,
                                      LAST + 1,
                                      LAST + 2,
                                      8191,
                                      8192,
                                      1ull << 31,
                                      1ull << 32,
                                      (1ull << 32) + LAST,
                                      (1ull << 63) + 1,
                                      ~0ull};
    for (unsigned i = 0; i < sizeof beyond / sizeof beyond[0]; ++i) {
        expect_equal(event_send(beyond[i]), LINTEL_ENOENT);
        expect_equal(event_unmask(beyond[i]), LINTEL_ENOENT);
        expect_equal(event_close(beyond[i]), LINTEL_ENOENT);
        expect_equal(event_move(beyond[i], 0), LINTEL_ENOENT);
        expect_equal(irq_eoi(beyond[i]), LINTEL_ENOENT);
    }
    expect_equal(event_bind_ipi(0), LINTEL_ENOSPC);
}

// Holes are filled from below.
static void check_holes(void)
{
    uint64_t state = RANDOM_SEED;
    static uint8_t closed[LINTEL_EVENT_PORTS];
    for (unsigned i = 0; i < 500; ++i) {
        const uint64_t port = 1 + random_next(&state) % LAST;
        expect_equal(event_close(port), closed[port] ? LINTEL_ENOENT : 0);
        closed[port] = 1;
    }
    for (uint64_t port = 1; port <= LAST; ++port)
        if (closed[port])
            expect_equal(event_bind_ipi(0), port);
    expect_equal(event_bind_ipi(0), LINTEL_ENOSPC);
}

void test(void)
{
    expect_equal(info->event_ports, LINTEL_EVENT_PORTS);
    for (uint64_t port = 1; port <= LAST; ++port)
        expect_equal(event_bind_ipi(0), port);
    check_each();
    check_beyond();
    check_holes();
    check_beyond();
}
