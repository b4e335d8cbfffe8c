// SPDX-License-Identifier: Apache-2.0
// Domains that are destroyed at any moment.
//
// A child with four vCPUs that run, block, send each other IPIs, set timers and give memory back,
// is destroyed after a random time: running, paused, just started, with a channel bound, by two of
// dom0's vCPUs at once. While dom0 has its memory mapped, by a thousand grants, it is dying
// and busy. 24 times, on two processors; every frame is there again, and the old number names
// nothing. Class: a domain's end while it is in use (XSA-95, XSA-215, XSA-380, XSA-384).
#include "child.h"

#include <stddef.h>

#include "domain.h"
#include "grant.h"
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"
#include "window.h"

#define VCPUS 4
#define ROUNDS 24
#define GRANTED 1000u
#define PAGES 384u /* that are granted, each several times */

static uint32_t ports[VCPUS];

static void work(void* unused)
{
    (void)unused;
    const unsigned vcpu = this_vcpu();
    // Who blocks with a port pending is not woken by another event of that port.
    on_vector(UPCALL_VECTOR, take_every_port);
    upcall_set(UPCALL_VECTOR);
    interrupts_on();
    event_bind_virq(LINTEL_VIRQ_TIMER, vcpu);
    ports[vcpu] = (uint32_t)event_bind_ipi(vcpu);
    for (uint64_t i = 1;; ++i) {
        const uint64_t page = CHILD_RAM + 0x180000 + vcpu * 0x8000ull;
        child_words(NULL)[vcpu] = i;
        event_send(ports[(vcpu + 1) % VCPUS]);
        timer_set(system_time() + 100000);
        memory_release(page, 4);
        memory_claim(page, 4);
        if (i % 4 == vcpu % 4)
            vcpu_wait();
        else
            vcpu_yield();
    }
}

static int64_t run(uint64_t unused)
{
    (void)unused;
    for (uint32_t ref = 0; ref < GRANTED; ++ref)
        grant(ref, CHILD_RAM + ref % PAGES * 4096ull, 0, true);
    others_run(work, NULL);
    work(NULL);
    return 0;
}

static volatile uint64_t victim;
static struct barrier start;

static void destroy(void* unused)
{
    (void)unused;
    const uint64_t domain = victim;
    meet(&start, 2);
    for (;;) {
        const int64_t result = domain_destroy(domain);
        if (result == 0 || result == LINTEL_ENOENT)
            return;
        if (result < 0)
            failure("domain_destroy gives %ld", result);
    }
}

static void unmap_mailbox(const struct child* child)
{
    expect_equal(foreign_unmap_one(child->handle), 0);
}

static void await_all(const struct child* child)
{
    for (unsigned vcpu = 0; vcpu < VCPUS; ++vcpu)
        for (unsigned naps = 0; child_words(child)[vcpu] < 3; ++naps) {
            if (naps == 100000)
                failure("vCPU %u of the child does not work", vcpu);
            nap(100000);
        }
}

// Whatever is asked of it, it is not there.
static void expect_nobody(uint64_t domain)
{
    expect_equal(domain_destroy(domain), LINTEL_ENOENT);
    expect_equal(domain_pause(domain), LINTEL_ENOENT);
    expect_equal(domain_unpause(domain), LINTEL_ENOENT);
    expect_equal(domain_populate(domain, 0, 1), LINTEL_ENOENT);
    expect_equal(domain_shutdown(domain, LINTEL_SHUTDOWN_POWEROFF), LINTEL_ENOENT);
    expect_equal(event_alloc(domain, 0), LINTEL_ENOENT);
}

static void one_life(const struct lintel_domain_create* wanted, unsigned round)
{
    struct child child = child_make(wanted);
    if (round % 6 != 5)
        child_begin(&child, run, 0);
    if (round % 6 == 0)
        await_all(&child);
    nap(round * 37 % 20 * 50000);
    if (round % 4 == 1)
        expect_equal(domain_pause(child.domain), 0);
    unmap_mailbox(&child);
    victim = child.domain;
    vcpu_run(1, destroy, NULL);
    destroy(NULL);
    vcpu_join(1);
    expect_nobody(child.domain);
}

// Mapped memory outlives the domain's vCPUs, and nothing else of it.
static void life_with_mappings(const struct lintel_domain_create* wanted)
{
    static uint32_t handles[GRANTED];
    struct child child = child_make(wanted);
    child_begin(&child, run, 0);
    await_all(&child);
    for (uint32_t ref = 0; ref < GRANTED; ++ref)
        handles[ref] = must_map(child.domain, ref, 0, 0).handle;
    int64_t result;
    while ((result = domain_destroy(child.domain)) > 0)
        ;
    expect_equal(result, LINTEL_EBUSY);
    expect_equal(info_of(child.domain).state, LINTEL_DOMAIN_DYING);
    expect_equal(domain_unpause(child.domain), LINTEL_ENOENT);
    expect(map_one(child.domain, 0, 0, 0).status < 0);
    const uint64_t count = child_words(&child)[0];
    nap(2000000);
    expect_equal(child_words(&child)[0], count); // none of its vCPUs runs
    for (uint32_t ref = 0; ref < GRANTED; ++ref) {
        expect_equal(unmap_one(handles[ref]), 0);
        if (ref % 100 == 0)
            expect_equal(domain_destroy(child.domain), LINTEL_EBUSY);
    }
    unmap_mailbox(&child);
    destroy_all(child.domain);
    expect_nobody(child.domain);
}

// A channel that waits for the child to take its end.
static void life_with_channel(const struct lintel_domain_create* wanted)
{
    struct child child = child_make(wanted);
    child_begin(&child, run, 0);
    const int64_t port = event_alloc(LINTEL_DOMAIN_SELF, child.domain);
    expect(port > 0);
    unmap_mailbox(&child);
    destroy_all(child.domain);
    expect_equal(event_close((uint64_t)port), 0);
}

void test(void)
{
    need_vcpus(2);
    struct lintel_domain_create wanted = usual_child(VCPUS);
    wanted.grant_entries = 1024;
    one_life(&wanted, 0);
    life_with_mappings(&wanted);
    const struct lintel_machine_info before = info_of_machine();
    for (unsigned round = 0; round < ROUNDS; ++round) {
        one_life(&wanted, round);
        if (round % 10 == 7)
            life_with_mappings(&wanted);
        if (round % 10 == 8)
            life_with_channel(&wanted);
        expect_equal(info_of_machine().free_frames, before.free_frames);
        if (unmet_count() != 0)
            failure("in round %u", round);
    }
    expect_equal(info_of_machine().hypervisor_frames, before.hypervisor_frames);
    expect_equal(info_of_machine().domains, 1);
}
