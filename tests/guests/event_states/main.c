// SPDX-License-Identifier: Apache-2.0
// Every event call on a port in every state.
//
// A port is free, an IPI port, a virtual interrupt's, or free again; pending or not, masked or not.
// Each of close, send, unmask, move and irq_eoi must give what docs/abi/events.md says for the
// state, leave it as it says, and leave the ports beside it alone. Class: XSA-47, XSA-107, XSA-188
// (calls in a state that nobody thought of), XSA-338.
#include "hypercall.h"
#include "result.h"
#include "window.h"

enum state {
    FREE,
    IPI,
    VIRQ,
    CLOSED,
    STATES
};
enum operation {
    CLOSE,
    SEND,
    UNMASK,
    MOVE,
    EOI,
    OPERATIONS
};
static const int64_t wanted[STATES][OPERATIONS] = {
    [FREE] = {LINTEL_ENOENT, LINTEL_ENOENT, LINTEL_ENOENT, LINTEL_ENOENT, LINTEL_ENOENT},
    [IPI] = {0, 0, 0, 0, LINTEL_EINVAL},
    [VIRQ] = {0, LINTEL_EPERM, 0, LINTEL_EINVAL, LINTEL_EINVAL},
    [CLOSED] = {LINTEL_ENOENT, LINTEL_ENOENT, LINTEL_ENOENT, LINTEL_ENOENT, LINTEL_ENOENT},
};

#define PORT 2u /* between two others */
#define BIT (1ull << PORT)

static void enter(enum state state, bool pending, bool masked)
{
    if (state != FREE)
        expect_equal(state == VIRQ ? event_bind_virq(LINTEL_VIRQ_TIMER, 0) : event_bind_ipi(0),
                     PORT);
    events->mask[0] = masked ? BIT : 0;
    if (state == IPI && pending)
        event_send(PORT);
    if (state == VIRQ && pending)
        timer_set(0);
    if (state == CLOSED)
        event_close(PORT);
}

static int64_t perform(enum operation operation)
{
    switch (operation) {
    case CLOSE:
        return event_close(PORT);
    case SEND:
        return event_send(PORT);
    case UNMASK:
        return event_unmask(PORT);
    case MOVE:
        return event_move(PORT, 0);
    default:
        return irq_eoi(PORT);
    }
}

static void check(enum state state, enum operation operation, bool pending, bool masked)
{
    enter(state, pending, masked);
    const uint64_t before = events->pending[0] & BIT;
    const int64_t result = perform(operation);
    if (result != wanted[state][operation])
        print("state %u, operation %u, pending %d, masked %d: %ld", state, operation, pending,
              masked, result);
    expect_equal(result, wanted[state][operation]);
    uint64_t after = before;
    if (result == 0 && operation == CLOSE)
        after = 0;
    if (result == 0 && operation == SEND)
        after = BIT;
    expect_equal(events->pending[0] & BIT, after);
    expect_equal(events->mask[0] & BIT, masked && !(result == 0 && operation == UNMASK) ? BIT : 0);
    expect_equal(events->pending[0] & ~BIT, 0);
    if (state == IPI || state == VIRQ)
        expect_equal(event_close(PORT), operation == CLOSE ? LINTEL_ENOENT : 0);
    events->pending[0] = events->mask[0] = 0;
    events->vcpu[0].pending = 0;
    events->vcpu[0].selector = 0;
    timer_set(LINTEL_TIMER_NEVER);
}

void test(void)
{
    expect_equal(event_bind_ipi(0), 1);
    expect_equal(event_bind_ipi(0), PORT);
    expect_equal(event_bind_ipi(0), PORT + 1);
    expect_equal(event_close(PORT), 0);
    for (unsigned state = 0; state < STATES; ++state)
        for (unsigned operation = 0; operation < OPERATIONS; ++operation)
            for (unsigned flags = 0; flags < 4; ++flags)
                check((enum state)state, (enum operation)operation, (flags & 1) != 0,
                      (flags & 2) != 0);
    expect_equal(event_send(1), 0);
    expect_equal(event_send(PORT + 1), 0);
    expect_equal(events->pending[0], 1ull << 1 | 1ull << (PORT + 1));
}
