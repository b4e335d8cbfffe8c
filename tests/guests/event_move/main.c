// SPDX-License-Identifier: Apache-2.0
// A port that goes from one vCPU to another.
//
// An event that pends while its port is moved is announced on the new vCPU, unless the port is
// masked; later ones go there only; moved back and forth while another sends at full speed, none of
// the last events is lost. Class: a port's vCPU changes while an event is on its way (XSA-343);
// lost events.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"
#include "window.h"

static uint32_t port;
static volatile uint32_t over, announced[2];

// Both vCPUs take whatever comes: where it came is what counts.
static void look(void)
{
    const unsigned vcpu = this_vcpu();
    const uint64_t before = upcall_count();
    wait_for_upcall(before, 200000);
    if (upcall_count() != before)
        announced[vcpu] = 1;
}

static void live(void* unused)
{
    (void)unused;
    upcall_start();
    while (over == 0)
        look();
}

static void forget(void)
{
    nap(1000000);
    __atomic_fetch_and(&events->pending[0], ~(1ull << port), __ATOMIC_SEQ_CST);
    announced[0] = announced[1] = 0;
    port_taken(port);
}

static void check_pending(void)
{
    forget();
    port_owner(port, 1);
    expect_equal(event_send(port), 0); // pends on vCPU 0, which has interrupts off
    expect_equal(event_move(port, 1), 0);
    wait_for(&announced[1], 1);
    expect(port_taken(port));
    forget();
    expect_equal(event_send(port), 0);
    wait_for(&announced[1], 1);
    expect(port_taken(port));

    forget();
    port_owner(port, 0);
    __atomic_fetch_or(&events->mask[0], 1ull << port, __ATOMIC_SEQ_CST);
    expect_equal(event_send(port), 0);
    expect_equal(event_move(port, 0), 0);
    look();
    expect(!port_taken(port));
    expect_equal(event_unmask(port), 0);
    announced[0] = 0;
    look();
    expect_equal(announced[0], 1);
    expect(port_taken(port));
}

static void move_about(void)
{
    for (unsigned i = 0; i < 2000; ++i) {
        expect_equal(event_move(port, i % 2), 0);
        expect_equal(event_send(port), 0);
    }
    expect_equal(event_move(port, 1), 0);
    port_owner(port, 1);
    forget();
    expect_equal(event_send(port), 0);
    wait_for(&announced[1], 1);
    expect(port_taken(port));
}

void test(void)
{
    need_vcpus(2);
    port = (uint32_t)event_bind_ipi(0);
    upcall_start();
    vcpu_run(1, live, NULL);
    check_pending();
    move_about();
    over = 1;
    vcpu_join(1);
}
