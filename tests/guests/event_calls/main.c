// SPDX-License-Identifier: Apache-2.0
// Event-channel calls: every error of docs/abi/events.md, and that a refused call changes nothing.
//
// Ports out of range and not bound, virtual interrupts and vCPUs that do not exist, with garbage in
// the upper halves of registers; binding to exhaustion and the error path after it. Class: XSA-317,
// XSA-338 (port validity), XSA-343 and XSA-496 (binding errors free what is another's).
#include "hypercall.h"
#include "result.h"
#include "window.h"

static void refused_port(uint64_t port)
{
    expect_equal(event_close(port), LINTEL_ENOENT);
    expect_equal(event_send(port), LINTEL_ENOENT);
    expect_equal(event_unmask(port), LINTEL_ENOENT);
}

void test(void)
{
    expect_equal(info->event_ports, LINTEL_EVENT_PORTS);
    refused_port(1); // not bound yet
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 1);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), LINTEL_EEXIST);
    expect_equal(event_bind_virq(LINTEL_VIRQ_CONSOLE, 0), 2);
    const int64_t refused = event_bind_virq(LINTEL_VIRQ_CONSOLE, 1); // wrong in both ways
    expect(refused == LINTEL_EINVAL || refused == LINTEL_ENOENT);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 1), LINTEL_ENOENT);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, LINTEL_EVENT_VCPUS), LINTEL_ENOENT);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, ~0ull), LINTEL_ENOENT);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 1ull << 32), LINTEL_ENOENT);
    expect_equal(event_bind_virq(LINTEL_VIRQS, 0), LINTEL_EINVAL);
    expect_equal(event_bind_virq(1ull << 32, 0), LINTEL_EINVAL);
    expect_equal(event_bind_virq(~0ull, 0), LINTEL_EINVAL);
    expect_equal(event_bind_ipi(1), LINTEL_ENOENT);
    expect_equal(event_bind_ipi(1ull << 32), LINTEL_ENOENT);
    expect_equal(event_bind_ipi(~0ull), LINTEL_ENOENT);

    static const uint64_t never[] = {0,        4095,       4096,       4097,
                                     1u << 31, 0xffffffff, 1ull << 32, (1ull << 32) + 1,
                                     ~0ull,    1ull << 63, 64 * 64};
    for (unsigned i = 0; i < sizeof never / sizeof never[0]; ++i)
        refused_port(never[i]);
    expect_equal(event_send(1), LINTEL_EPERM);
    expect_equal(event_send(2), LINTEL_EPERM);

    for (unsigned port = 3; port < LINTEL_EVENT_PORTS; ++port)
        expect_equal(event_bind_ipi(0), port);
    expect_equal(event_bind_ipi(0), LINTEL_ENOSPC);
    expect_equal(event_close(1), 0);
    expect_equal(event_bind_ipi(0), 1); // the lowest free one
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), LINTEL_ENOSPC);
    expect_equal(event_close(1), 0);
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 1); // closing unbound it
    expect_equal(event_send(4095), 0);
    for (unsigned port = 1; port < LINTEL_EVENT_PORTS; ++port)
        expect_equal(event_close(port), 0);
    refused_port(1);

    for (uint64_t vector = 1; vector < 32; ++vector)
        expect_equal(upcall_set(vector), LINTEL_EINVAL);
    expect_equal(upcall_set(256), LINTEL_EINVAL);
    expect_equal(upcall_set((1ull << 32) + 32), LINTEL_EINVAL);
    expect_equal(upcall_set(~0ull), LINTEL_EINVAL);
    expect_equal(upcall_set(32), 0);
    expect_equal(upcall_set(0), 0);
}
