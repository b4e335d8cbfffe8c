// SPDX-License-Identifier: Apache-2.0
// Domains that are made, get memory and are destroyed without ever having run, 200 times.
//
// Each state says what docs/abi/domains.md says, pausing and unpausing do nothing, and after each end
// as many frames are free, and the hypervisor keeps as many, as before: no frame, number or slot gets
// lost. Some are destroyed in the middle of being populated, some without any memory, some while they
// are unpaused. Class: resources lost at a domain's end (XSA-95, XSA-215, XSA-380), or freed twice.
#include "domain.h"
#include "hypercall.h"
#include "result.h"

#define FRAMES 4096ull /* 16 MiB */

static void expect_state(uint64_t domain, uint32_t state, uint64_t frames)
{
    const struct lintel_domain_info found = info_of(domain);
    expect_equal(found.domain, domain);
    expect_equal(found.state, state);
    expect_equal(found.frames, frames);
    expect_equal(found.max_frames, FRAMES);
    expect_equal(found.vcpus, 2);
    expect_equal(found.vcpus_blocked, 0);
    expect_equal(found.ports_bound, 0);
    expect_equal(found.cpu_ns, 0);
    expect_equal(found.text[0], 0);
}

static void one_life(unsigned round)
{
    static uint64_t last;
    const struct lintel_domain_create wanted = usual_domain(2, FRAMES);
    const uint64_t domain = make_domain(&wanted);
    expect(domain > last || domain < 128);
    last = domain;
    expect_state(domain, LINTEL_DOMAIN_PAUSED, 0);
    switch (round % 4) {
    case 0:
        populate_all(domain, 0, FRAMES);
        expect_state(domain, LINTEL_DOMAIN_PAUSED, FRAMES);
        break;
    case 1: // a part, in small and unaligned pieces
        populate_all(domain, 0x1000, 600);
        populate_all(domain, 0x40000000, 3);
        expect_state(domain, LINTEL_DOMAIN_PAUSED, 603);
        break;
    case 2:
        expect_equal(domain_unpause(domain), 0);
        expect_state(domain, LINTEL_DOMAIN_RUNNING, 0);
        populate_all(domain, 0x200000, 512);
        break;
    default:
        expect_equal(domain_pause(domain), 0);
    }
    destroy_all(domain);
    expect_equal(domain_destroy(domain), LINTEL_ENOENT);
    expect_equal(domain_populate(domain, 0, 1), LINTEL_ENOENT);
}

void test(void)
{
    one_life(0);
    const struct lintel_machine_info before = info_of_machine();
    for (unsigned round = 0; round < 200; ++round) {
        one_life(round);
        const struct lintel_machine_info after = info_of_machine();
        expect_equal(after.free_frames, before.free_frames);
        expect_equal(after.hypervisor_frames, before.hypervisor_frames);
        expect_equal(after.domains, 1);
        if (unmet_count() != 0)
            failure("in round %u", round);
    }
}
