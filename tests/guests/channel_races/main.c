// SPDX-License-Identifier: Apache-2.0
// Channels that are opened and closed on both sides while events pass.
//
// vCPUs of dom0 send by a port, close it and make it anew, in any order, while the child binds to
// it, sends and closes as well; each call has a status of docs/abi/events.md. Afterwards a fresh
// channel carries events both ways, and an event on it is never lost while others send to ports
// that come and go. Class: XSA-338, XSA-340, XSA-343, XSA-505 (ports that become invalid while they
// are used), XSA-344.
#include "child.h"
#include "domain.h"
#include "hypercall.h"
#include "random.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"
#include "window.h"

#define ROUNDS 3000u
#define PORTS 6u

static struct child child;
static volatile uint32_t stop;

static void check_status(const char* call, int64_t status)
{
    if (status < 0 && status != LINTEL_ENOENT && status != LINTEL_EAGAIN &&
        status != LINTEL_EPERM && status != LINTEL_EBUSY && status != LINTEL_ENOSPC)
        failure("%s gives %ld", call, status);
}

// So that all meet at the same ports.
static void use_few(const char* call, int64_t port)
{
    check_status(call, port);
    if (port > 1 + (int64_t)PORTS)
        event_close((uint64_t)port);
}

static void act(uint64_t* state, uint64_t peer)
{
    const uint64_t port = 2 + random_next(state) % PORTS; // port 1 is the steady one's
    switch (random_next(state) % 6) {
    case 0:
        use_few("event_alloc", event_alloc(LINTEL_DOMAIN_SELF, peer));
        break;
    case 1:
        use_few("event_bind", event_bind(peer, port, 0));
        break;
    case 2:
        check_status("event_close", event_close(port));
        break;
    case 3:
        check_status("event_move", event_move(port, 0));
        break;
    default:
        check_status("event_send", event_send(port));
    }
}

static int64_t act_in_child(uint64_t seed)
{
    for (unsigned i = 0; i < ROUNDS; ++i)
        act(&seed, 0);
    for (uint64_t port = 2; port < info->event_ports; ++port)
        event_close(port);
    return 0;
}

// An event of the steady channel is pending here as soon as event_send has returned there.
static int64_t bind_steady(uint64_t port)
{
    return event_bind(0, port, 0);
}

static void act_in_dom0(void* unused)
{
    (void)unused;
    uint64_t state = RANDOM_SEED + this_vcpu();
    while (!stop)
        act(&state, child.domain);
}

static int64_t send_steady(uint64_t count)
{
    volatile uint64_t* const words = child_words(NULL);
    for (uint64_t i = 1; i <= count; ++i) {
        words[0] = i; // before the event
        if (event_send(1) != 0)
            failure("a steady event is refused");
        while (words[1] != i) // dom0 has taken it
            vcpu_yield();
    }
    return 0;
}

static void check_steady(uint64_t count)
{
    volatile uint64_t* const words = child_words(&child);
    child_begin(&child, send_steady, count);
    const uint64_t begin = system_time(), patience = 20000000000ull;
    for (uint64_t i = 1; i <= count;) {
        asm volatile("sti\n nop\n nop\n cli" : : : "memory");
        if (port_taken(1)) {
            expect_equal(words[0], i);
            words[1] = i++;
        }
        if (system_time() - begin > patience)
            failure("event %lu is lost", i);
        vcpu_yield();
    }
    child_end(&child);
}

void test(void)
{
    need_vcpus(3);
    const struct lintel_domain_create wanted = usual_child(1);
    upcall_start();
    child = child_make(&wanted);
    expect_equal(event_alloc(LINTEL_DOMAIN_SELF, child.domain), 1);
    expect_equal(child_call(&child, bind_steady, 1), 1);
    others_run(act_in_dom0, NULL);
    child_call(&child, act_in_child, RANDOM_SEED);
    check_steady(300);
    stop = 1;
    others_join();
    for (uint64_t port = 2; port < LINTEL_EVENT_PORTS; ++port)
        event_close(port);
    check_steady(100);
    expect_equal(event_close(1), 0);
    child_destroy(&child);
    expect_equal(info_of_machine().domains, 1);
}
