// SPDX-License-Identifier: Apache-2.0
// Event channels between domains, with every right and wrong step.
//
// Events go both ways between dom0 and a child, to the vCPU that each chose. A port is bound by the
// domain it awaits, once; closing either end puts the other back to awaiting, as the end of the
// domain does; an event for nobody is refused. Wrong domains, ports, vCPUs and kinds, a child that
// makes ports of others or binds to what is not for it, ports up to the limit and one beyond: each
// has the error of docs/abi/events.md, and changes nothing. Class: XSA-47, XSA-107, XSA-188 (use
// before set-up or after failure), XSA-496 (an error path frees what is another's), XSA-317,
// XSA-342 (limits).
#include "child.h"
#include "domain.h"
#include "hypercall.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"
#include "window.h"

static struct child child;

// ---- the child ----

static int64_t start_upcalls(uint64_t unused)
{
    (void)unused;
    upcall_start();
    return 0;
}
static int64_t alloc_for_dom0(uint64_t unused)
{
    (void)unused;
    return event_alloc(LINTEL_DOMAIN_SELF, 0);
}
static int64_t bind_to_dom0(uint64_t port)
{
    return event_bind(0, port, 0);
}
static int64_t send(uint64_t port)
{
    return event_send(port);
}
static int64_t close(uint64_t port)
{
    return event_close(port);
}
static int64_t take(uint64_t port)
{
    asm volatile("sti\n nop\n nop\n cli" : : : "memory");
    return port_taken((uint32_t)port);
}
static int64_t misuse(uint64_t own)
{
    expect_equal(event_alloc(0, LINTEL_DOMAIN_SELF), LINTEL_EPERM);
    expect_equal(event_alloc(0, own), LINTEL_EPERM);
    expect_equal(event_alloc(own, own), LINTEL_EINVAL);
    expect_equal(event_alloc(LINTEL_DOMAIN_SELF, own), LINTEL_EINVAL);
    expect_equal(event_alloc(own, own + 1), LINTEL_ENOENT);
    expect_equal(event_bind(own, 1, 0), LINTEL_EINVAL);
    for (uint64_t port = 1; port < 8; ++port) { // dom0's ports are not for the child
        const int64_t status = event_bind(0, port, 0);
        expect(status == LINTEL_EPERM || status == LINTEL_ENOENT);
    }
    return 0;
}
static int64_t exhaust(uint64_t remote)
{
    uint64_t ports = 0;
    while (event_bind_ipi(0) > 0)
        ++ports;
    for (unsigned i = 0; i < 3; ++i) {
        expect_equal(event_bind(0, remote, 0), LINTEL_ENOSPC);
        expect_equal(event_alloc(LINTEL_DOMAIN_SELF, 0), LINTEL_ENOSPC);
    }
    expect_equal(event_close(5), 0);
    expect_equal(event_bind(0, remote, 0), 5);
    for (uint64_t port = 1; port < info->event_ports; ++port)
        expect_equal(event_close(port), 0);
    return (int64_t)ports;
}

// ---- dom0 ----

static bool taken_here(uint64_t port)
{
    asm volatile("sti\n nop\n nop\n cli" : : : "memory");
    return port_taken((uint32_t)port);
}

static void check_both_ways(void)
{
    const uint64_t mine = (uint64_t)event_alloc(LINTEL_DOMAIN_SELF, child.domain);
    expect_equal(event_send(mine), LINTEL_EAGAIN);
    const uint64_t theirs = (uint64_t)child_call(&child, bind_to_dom0, mine);
    expect_equal(event_send(mine), 0);
    expect_equal(child_call(&child, take, theirs), 1);
    expect_equal(child_call(&child, take, theirs), 0);
    expect_equal(child_call(&child, send, theirs), 0);
    expect(taken_here(mine));
    expect_equal(child_call(&child, bind_to_dom0, mine), LINTEL_EBUSY);
    // The other end goes, and comes again.
    expect_equal(child_call(&child, close, theirs), 0);
    expect_equal(event_send(mine), LINTEL_EAGAIN);
    expect_equal(child_call(&child, bind_to_dom0, mine), theirs);
    expect_equal(event_send(mine), 0);
    expect_equal(child_call(&child, take, theirs), 1);
    // Now dom0's end.
    expect_equal(event_close(mine), 0);
    expect_equal(child_call(&child, send, theirs), LINTEL_EAGAIN);
    expect_equal(event_send(mine), LINTEL_ENOENT);
    const uint64_t again = (uint64_t)event_bind(child.domain, theirs, vcpu_count() - 1);
    port_owner((uint32_t)again, vcpu_count() - 1);
    expect_equal(child_call(&child, send, theirs), 0);
    expect_equal(event_close(again), 0);
    port_owner((uint32_t)again, 0);
    expect_equal(child_call(&child, close, theirs), 0);
}

static void check_made_by_dom0(void)
{
    const int64_t theirs = event_alloc(child.domain, LINTEL_DOMAIN_SELF);
    expect(theirs > 0);
    expect_equal(child_call(&child, send, (uint64_t)theirs), LINTEL_EAGAIN);
    const int64_t mine = event_bind(child.domain, (uint64_t)theirs, 0);
    expect(mine > 0);
    expect_equal(child_call(&child, send, (uint64_t)theirs), 0);
    expect(taken_here((uint64_t)mine));
    expect_equal(event_close((uint64_t)mine), 0);
    expect_equal(child_call(&child, close, (uint64_t)theirs), 0);
    const int64_t other = child_call(&child, alloc_for_dom0, 0);
    expect_equal(other, theirs); // it is free again
    expect_equal(child_call(&child, close, (uint64_t)other), 0);
}

static void check_refusals(void)
{
    const uint64_t wrong[] = {
        child.domain + 1, child.domain + 128, child.domain | 1ull << 32, 1ull << 63, ~0ull, 0xfffe};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        expect_equal(event_alloc(wrong[i], 0), LINTEL_ENOENT);
        expect_equal(event_alloc(0, wrong[i]), LINTEL_ENOENT);
        expect_equal(event_bind(wrong[i], 1, 0), LINTEL_ENOENT);
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
        expect_equal(hypercall(LINTEL_HC_event_alloc, 0, child.domain, 1ull << bit, 0, 0),
                     LINTEL_EINVAL);
        expect_equal(hypercall(LINTEL_HC_event_bind, child.domain, 1, 0, 1ull << bit, 0),
                     LINTEL_EINVAL);
    }
    expect_equal(event_alloc(0, 0), LINTEL_EINVAL);
    expect_equal(event_alloc(child.domain, child.domain), LINTEL_EINVAL);
    expect_equal(event_bind(0, 1, 0), LINTEL_EINVAL);
    const uint64_t theirs = (uint64_t)child_call(&child, alloc_for_dom0, 0);
    const uint64_t ports[] = {0, theirs + 1, 64, 4096, theirs | 1ull << 32, ~0ull};
    for (unsigned i = 0; i < sizeof ports / sizeof ports[0]; ++i)
        expect_equal(event_bind(child.domain, ports[i], 0), LINTEL_ENOENT);
    expect_equal(event_bind(child.domain, theirs, vcpu_count()), LINTEL_ENOENT);
    expect_equal(event_bind(child.domain, theirs, ~0ull), LINTEL_ENOENT);
    const int64_t mine = event_bind(child.domain, theirs, 0);
    expect(mine > 0);
    expect_equal(event_bind(child.domain, theirs, 0), LINTEL_EBUSY);
    expect_equal(event_close((uint64_t)mine), 0);
    expect_equal(child_call(&child, close, theirs), 0);
    child_call(&child, misuse, child.domain);
}

static void check_limits(void)
{
    const uint64_t mine = (uint64_t)event_alloc(LINTEL_DOMAIN_SELF, child.domain);
    expect_equal(child_call(&child, exhaust, mine), info_of(child.domain).event_ports - 1);
    expect_equal(info_of(child.domain).ports_bound, 0);
    expect_equal(event_send(mine), LINTEL_EAGAIN);
    for (uint64_t port = mine + 1; port < LINTEL_EVENT_PORTS; ++port)
        if (event_alloc(0, child.domain) < 0)
            failure("port %lu cannot be had", port);
    expect_equal(event_alloc(0, child.domain), LINTEL_ENOSPC);
    for (uint64_t port = mine; port < LINTEL_EVENT_PORTS; ++port)
        event_close(port);
}

static void check_end(void)
{
    const uint64_t mine = (uint64_t)event_alloc(LINTEL_DOMAIN_SELF, child.domain);
    const int64_t theirs = child_call(&child, bind_to_dom0, mine);
    expect_equal(child_call(&child, send, (uint64_t)theirs), 0);
    const uint64_t gone = child.domain;
    child_destroy(&child);
    expect(taken_here(mine)); // what was sent before is there
    expect_equal(event_send(mine), LINTEL_EAGAIN);
    expect_equal(event_alloc(0, gone), LINTEL_ENOENT);
    expect_equal(event_move(mine, vcpu_count() - 1), 0);
    expect_equal(event_close(mine), 0);
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    upcall_start();
    child = child_make(&wanted);
    child_call(&child, start_upcalls, 0);
    check_both_ways();
    check_made_by_dom0();
    check_refusals();
    check_limits();
    check_end();
    expect_equal(info_of_machine().domains, 1);
}
