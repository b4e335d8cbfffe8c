// SPDX-License-Identifier: Apache-2.0
// As many domains as there can be, and one more.
//
// 127 are made, with the least that a domain can have; the next is refused with LINTEL_ENOSPC, three
// times. Each is found by its number and by walking through all. When one in the middle is destroyed
// there is room for one, which gets a number that nobody had. In the end all is as it was. Class: limits
// that are off by one or are not given back (XSA-317, XSA-342); numbers used again (XSA-322).
#include "domain.h"
#include "hypercall.h"
#include "result.h"

#define MOST 127

static uint64_t domains[MOST];

static void expect_walk(void)
{
    struct lintel_domain_info found;
    uint64_t next = 0;
    unsigned count = 0;
    for (; domain_info(next, (uintptr_t)&found, LINTEL_DOMAIN_INFO_NEXT) == 0; ++count)
        next = found.domain + 1ull;
    expect_equal(count, MOST + 1);
    expect_equal(info_of_machine().domains, MOST + 1);
}

void test(void)
{
    const struct lintel_machine_info before = info_of_machine();
    const struct lintel_domain_create least = usual_domain(1, 1);
    for (unsigned i = 0; i < MOST; ++i) {
        domains[i] = make_domain(&least);
        populate_all(domains[i], 0x1000 * i, 1);
        expect_equal(domain_populate(domains[i], 0, 1), i == 0 ? LINTEL_EFAULT : LINTEL_ENOSPC);
    }
    for (unsigned i = 0; i < 3; ++i)
        expect_equal(domain_create((uintptr_t)&least), LINTEL_ENOSPC);
    for (unsigned i = 0; i < MOST; ++i)
        expect_equal(info_of(domains[i]).frames, 1);
    expect_walk();
    const struct lintel_domain_info one = info_of(domains[5]);
    print("an idle domain of one vCPU takes %lu frames, and %lu for its tables", one.state_frames,
          one.table_frames);

    destroy_all(domains[60]);
    const uint64_t fresh = make_domain(&least);
    for (unsigned i = 0; i < MOST; ++i)
        expect(fresh != domains[i]);
    expect_equal(domain_pause(domains[60]), LINTEL_ENOENT);
    expect_equal(domain_create((uintptr_t)&least), LINTEL_ENOSPC);
    domains[60] = fresh;
    expect_walk();

    for (unsigned i = 0; i < MOST; ++i)
        destroy_all(domains[i * 50 % MOST]);
    expect_equal(info_of_machine().domains, 1);
    expect_equal(info_of_machine().free_frames, before.free_frames);
}
