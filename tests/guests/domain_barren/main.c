// SPDX-License-Identifier: Apache-2.0
// Domains that begin where they have nothing.
//
// One that starts in memory it does not have, or runs off the end of the memory it has, is killed:
// dom0 gets LINTEL_VIRQ_DOMAIN, is told state and reason, and runs on; the domain stays as it is,
// memory included, until it is destroyed, and pausing, unpausing and asking it for its end change
// nothing. 100 domains on all processors, some of them at the same time. Class: a guest's access to
// memory it does not have, and what a domain's end does to others (XSA-217, XSA-237).
#include "domain.h"
#include "hypercall.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"

#define AT_ONCE 4

static uint32_t port;

static void begin(uint64_t* domain, unsigned round)
{
    static const uint32_t entries[] = {0x1000, 0xfffffff0, 0x0, 0x5000, 0xf0000000, 0x40000000};
    const struct lintel_domain_create wanted = usual_domain(1 + round % 2, 64);
    *domain = make_domain(&wanted);
    if (round % 3 == 0)
        populate_all(*domain, 0, 5);
    start_domain(*domain, entries[round % 6], 0);
    expect_equal(info_of(*domain).state, LINTEL_DOMAIN_PAUSED);
    expect_equal(domain_unpause(*domain), 0);
}

static bool starts_with(const char* text, const char* with)
{
    while (*with != '\0' && *text == *with)
        ++text, ++with;
    return *with == '\0';
}

static void expect_crash(uint64_t domain)
{
    const uint64_t begin = system_time(), patience = 3000000000ull;
    while (info_of(domain).state != LINTEL_DOMAIN_CRASHED)
        if (system_time() - begin > patience)
            failure("domain %lu lives: state %u", domain, info_of(domain).state);
        else
            nap(1000000);
    const struct lintel_domain_info found = info_of(domain);
    expect(starts_with(found.text, "access to guest-physical memory"));
    expect(found.cpu_ns != 0);
    expect_equal(domain_pause(domain), 0);
    expect_equal(domain_unpause(domain), 0);
    expect_equal(domain_shutdown(domain, LINTEL_SHUTDOWN_POWEROFF), 0);
    expect_equal(info_of(domain).state, LINTEL_DOMAIN_CRASHED);
    expect_equal(info_of(domain).frames, found.frames);
}

void test(void)
{
    const struct lintel_machine_info before = info_of_machine();
    uint64_t domains[AT_ONCE];
    upcall_start();
    port = (uint32_t)event_bind_virq(LINTEL_VIRQ_DOMAIN, 0);
    for (unsigned round = 0; round < 100 / AT_ONCE; ++round) {
        const uint64_t upcalls = upcall_count();
        for (unsigned i = 0; i < AT_ONCE; ++i)
            begin(&domains[i], round * AT_ONCE + i);
        for (unsigned i = 0; i < AT_ONCE; ++i)
            expect_crash(domains[i]);
        expect(upcall_count() != upcalls || wait_for_upcall(upcalls, 1000000000));
        expect(port_taken(port));
        for (unsigned i = 0; i < AT_ONCE; ++i)
            destroy_all(domains[i]);
        if (unmet_count() != 0)
            failure("in round %u", round);
    }
    expect_equal(info_of_machine().free_frames, before.free_frames);
    expect_equal(info_of_machine().domains, 1);
}
