// SPDX-License-Identifier: Apache-2.0
// Pausing and unpausing by several of dom0's vCPUs, a child that is never still.
//
// A child's vCPUs wait for each other's kicks, while two vCPUs of dom0 pause and unpause it at
// random. When both have called for a pause nothing in the child moves, and it gets no processor
// time; when it is unpaused all its vCPUs go on, as no kick of the time in between gets lost. What
// another child is sent while it is paused, by a channel, by its timer and as dom0's wish, is
// there when it is unpaused, and not before. Class: a wake-up that races with what keeps a vCPU
// from running (XSA-343, XSA-359).
#include "child.h"

#include <stddef.h>

#include "domain.h"
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"

#define VCPUS 4
#define ROUNDS 12
#define STEPS 12

// Each waits for its neighbour's kick and kicks the next: if one wake-up is lost, all stand still.
static void pass_on(void* unused)
{
    (void)unused;
    const unsigned vcpu = this_vcpu(), before = (vcpu + VCPUS - 1) % VCPUS;
    volatile uint64_t* const words = child_words(NULL);
    for (uint64_t i = 1;; ++i) {
        const uint64_t wanted = vcpu == 0 ? i - 1 : i;
        while (__atomic_load_n(&words[before], __ATOMIC_SEQ_CST) < wanted)
            vcpu_wait();
        __atomic_store_n(&words[vcpu], i, __ATOMIC_SEQ_CST);
        vcpu_kick((vcpu + 1) % VCPUS);
    }
}

static int64_t run(uint64_t unused)
{
    (void)unused;
    others_run(pass_on, NULL);
    pass_on(NULL);
    return 0;
}

static uint64_t domain;
static struct barrier round_begins, round_ends;

static void rattle_once(uint64_t* random)
{
    meet(&round_begins, 2);
    for (unsigned i = 0; i < STEPS; ++i) {
        *random = *random * 6364136223846793005ull + 1442695040888963407ull;
        expect_equal((*random >> 40) % 2 == 0 ? domain_pause(domain) : domain_unpause(domain), 0);
        nap((*random >> 50) % 256 * 1000); // the child runs meanwhile, if it may
    }
    expect_equal(domain_pause(domain), 0);
    meet(&round_ends, 2);
}

static void rattle(void* random)
{
    for (unsigned round = 0; round < ROUNDS; ++round)
        rattle_once(random);
}

static void expect_still(const struct child* child)
{
    uint64_t before[VCPUS];
    const uint64_t cpu_ns = info_of(child->domain).cpu_ns;
    for (unsigned vcpu = 0; vcpu < VCPUS; ++vcpu)
        before[vcpu] = child_words(child)[vcpu];
    nap(2000000);
    for (unsigned vcpu = 0; vcpu < VCPUS; ++vcpu)
        expect_equal(child_words(child)[vcpu], before[vcpu]);
    const struct lintel_domain_info found = info_of(child->domain);
    expect_equal(found.state, LINTEL_DOMAIN_PAUSED);
    expect_equal(found.cpu_ns, cpu_ns);
}

static void expect_movement(const struct child* child)
{
    const uint64_t before = child_words(child)[VCPUS - 1];
    expect_equal(domain_unpause(child->domain), 0);
    expect_equal(info_of(child->domain).state, LINTEL_DOMAIN_RUNNING);
    child_await(child, VCPUS - 1, before + 10);
}

static void check_rattling(void)
{
    static uint64_t randoms[] = {1, 2};
    const struct lintel_domain_create wanted = usual_child(VCPUS);
    struct child child = child_make(&wanted);
    domain = child.domain;
    child_begin(&child, run, 0);
    child_await(&child, VCPUS - 1, 10);
    uint64_t moved = 0;
    vcpu_run(1, rattle, &randoms[1]);
    for (unsigned round = 0; round < ROUNDS; ++round) {
        const uint64_t before = child_words(&child)[0];
        rattle_once(&randoms[0]);
        moved += child_words(&child)[0] - before;
        expect_still(&child);
        expect_movement(&child);
        if (unmet_count() != 0)
            failure("in round %u", round);
    }
    vcpu_join(1);
    print("%lu turns while it was paused and unpaused", moved);
    expect(moved > ROUNDS); // or nothing was tried
    child_destroy(&child);
}

// ---- what comes meanwhile ----

enum {
    READY,
    TURNS,
    NEWS
};

static int64_t listen(uint64_t remote)
{
    volatile uint64_t* const words = child_words(NULL);
    upcall_start();
    const uint32_t channel = (uint32_t)event_bind(0, remote, 0),
                   timer = (uint32_t)event_bind_virq(LINTEL_VIRQ_TIMER, 0),
                   wish = (uint32_t)event_bind_virq(LINTEL_VIRQ_SHUTDOWN, 0);
    uint64_t news = 0;
    interrupts_on();
    expect_equal(timer_set(system_time() + 300000000), 0);
    words[READY] = system_time() + 300000000;
    for (uint64_t i = 1; news != 7; ++i) {
        news |= port_taken(channel) * 1u + port_taken(timer) * 2u + port_taken(wish) * 4u;
        words[NEWS] = news;
        words[TURNS] = i;
    }
    interrupts_off();
    return shutdown_wanted();
}

static void check_events(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    struct child child = child_make(&wanted);
    const int64_t port = event_alloc(LINTEL_DOMAIN_SELF, child.domain);
    child_begin(&child, listen, (uint64_t)port);
    child_await(&child, READY, 1);
    child_await(&child, TURNS, 2);
    expect_equal(domain_pause(child.domain), 0);
    if (child_words(&child)[NEWS] != 0)
        skip("it took too long to pause the child"); // its timer has passed
    const uint64_t turns = child_words(&child)[TURNS];
    expect_equal(event_send((uint64_t)port), 0);
    expect_equal(domain_shutdown(child.domain, LINTEL_SHUTDOWN_REBOOT), 0);
    while (system_time() < child_words(&child)[READY] + 1000000)
        vcpu_yield();
    expect_equal(child_words(&child)[TURNS], turns);
    expect_equal(child_words(&child)[NEWS], 0);
    expect(!child_is_done(&child));
    expect_equal(domain_unpause(child.domain), 0);
    expect_equal(child_end(&child), LINTEL_SHUTDOWN_REBOOT);
    child_destroy(&child);
    expect_equal(event_close((uint64_t)port), 0);
}

void test(void)
{
    need_vcpus(2);
    check_rattling();
    check_events();
}
