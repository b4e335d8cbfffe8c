// SPDX-License-Identifier: Apache-2.0
// A guest that dom0 asks to end.
//
// The virtual interrupt comes at the child's vCPU 0, which asks what is wanted, is told the last
// reason once, and shuts down for it. What was asked before it had a port, or while it was paused,
// is kept until it asks. A child that does not listen lives on; its neighbour is told nothing, and
// neither is dom0. What is refused asks for nothing. Class: requests that are lost, or told to
// somebody else.
#include "child.h"

#include <stddef.h>

#include "domain.h"
#include "hypercall.h"
#include "result.h"
#include "upcall.h"

enum {
    READY
};

static int64_t listen(uint64_t unused)
{
    (void)unused;
    upcall_start();
    expect_equal(event_bind_virq(LINTEL_VIRQ_SHUTDOWN, 1), LINTEL_EINVAL);
    const uint32_t port = (uint32_t)event_bind_virq(LINTEL_VIRQ_SHUTDOWN, 0);
    expect_equal(shutdown_wanted(), LINTEL_ENOENT);
    const uint64_t before = upcall_count();
    child_words(NULL)[READY] = 1;
    expect(wait_for_upcall(before, 5000000000));
    expect(port_taken(port));
    const int64_t reason = shutdown_wanted();
    expect_equal(shutdown_wanted(), LINTEL_ENOENT);
    return unmet_count() != 0 ? -1 : shutdown((uint64_t)reason);
}

static int64_t ask(uint64_t unused)
{
    (void)unused;
    return shutdown_wanted();
}

// The interrupt came when it had no port, and does not come again.
static int64_t bind_late(uint64_t unused)
{
    (void)unused;
    upcall_start();
    expect(event_bind_virq(LINTEL_VIRQ_SHUTDOWN, 0) > 0);
    expect(!wait_for_upcall(upcall_count(), 20000000));
    return shutdown_wanted();
}

static void check_listener(const struct lintel_domain_create* wanted, uint32_t reason)
{
    struct child child = child_make(wanted);
    child_begin(&child, listen, 0);
    child_await(&child, READY, 1);
    expect_equal(domain_shutdown(child.domain, reason), 0);
    const struct lintel_domain_info found = child_expect_end(&child, LINTEL_DOMAIN_SHUT_DOWN);
    expect_equal(found.reason, reason);
    expect_equal(domain_shutdown(child.domain, reason), 0); // it has ended, and nobody minds
    child_destroy(&child);
    expect_equal(domain_shutdown(child.domain, reason), LINTEL_ENOENT);
}

static void check_paused(struct child* child)
{
    expect_equal(domain_pause(child->domain), 0);
    expect_equal(domain_shutdown(child->domain, LINTEL_SHUTDOWN_POWEROFF), 0);
    expect_equal(domain_shutdown(child->domain, LINTEL_SHUTDOWN_REBOOT), 0);
    expect_equal(info_of(child->domain).state, LINTEL_DOMAIN_PAUSED);
    expect_equal(domain_unpause(child->domain), 0);
    expect_equal(child_call(child, bind_late, 0), LINTEL_SHUTDOWN_REBOOT);
    expect_equal(child_call(child, ask, 0), LINTEL_ENOENT);
}

static void check_refused(struct child* child)
{
    const uint64_t reasons[] = {LINTEL_SHUTDOWN_CRASH, LINTEL_SHUTDOWN_HALT, 4, 0x100000000, ~0ull};
    for (unsigned i = 0; i < sizeof reasons / sizeof reasons[0]; ++i)
        expect_equal(domain_shutdown(child->domain, reasons[i]), LINTEL_EINVAL);
    expect_equal(hypercall(LINTEL_HC_domain_shutdown, child->domain, 0, 1, 0, 0), LINTEL_EINVAL);
    expect_equal(domain_shutdown(0, LINTEL_SHUTDOWN_POWEROFF), LINTEL_EPERM);
    expect_equal(domain_shutdown(child->domain + (1ull << 32), LINTEL_SHUTDOWN_POWEROFF),
                 LINTEL_ENOENT);
    expect_equal(child_call(child, ask, 0), LINTEL_ENOENT);
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(2);
    check_listener(&wanted, LINTEL_SHUTDOWN_POWEROFF);
    check_listener(&wanted, LINTEL_SHUTDOWN_REBOOT);
    struct child child = child_make(&wanted), neighbour = child_make(&wanted);
    check_paused(&child);
    check_refused(&child);
    expect_equal(domain_shutdown(child.domain, LINTEL_SHUTDOWN_POWEROFF), 0);
    expect_equal(child_call(&neighbour, ask, 0), LINTEL_ENOENT);
    expect_equal(shutdown_wanted(), LINTEL_ENOENT); // dom0 was not meant
    expect_equal(info_of(child.domain).state, LINTEL_DOMAIN_RUNNING);
    expect_equal(child_call(&child, ask, 0), LINTEL_SHUTDOWN_POWEROFF);
    child_destroy(&child);
    child_destroy(&neighbour);
}
