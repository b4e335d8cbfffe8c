// SPDX-License-Identifier: Apache-2.0
// Nobody reaches a page any more once it is unmapped.
//
// One vCPU of a child counts up in a page of dom0 that it has mapped, without leaving the guest,
// while another unmaps it. From when the mapping's end has been told, and dom0's grant_revoke
// succeeds, the count stands still; the writer dies by its next access. dom0 writes on one vCPU to
// a page of a child that another vCPU of dom0 maps a second time, read-only and writable, and
// unmaps: the writer goes on, as its own mapping lasts. The emulator shows a missing shootdown on
// another processor, not on the same. Class: XSA-328, XSA-480 (frames used before translations are
// gone), XSA-346.
#include "child.h"
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "smp.h"
#include "start_info.h"
#include "upcall.h"

#define PLACE (CHILD_WINDOW + 5 * SMALL_PAGE)

static void count_up(void* place)
{
    for (;;)
        ++*(volatile uint64_t*)place;
}

static int64_t count_on_another(uint64_t place)
{
    const struct lintel_grant_map mapped = must_map(0, 0, 0, place);
    vcpu_run(1, count_up, (void*)place);
    while (*words_at(place) < 1000)
        vcpu_yield();
    return mapped.handle;
}

static int64_t end(uint64_t handle)
{
    return unmap_one((uint32_t)handle);
}

static void check_unmap(uint64_t own)
{
    const struct lintel_domain_create wanted = usual_child(2);
    struct child child = child_make(&wanted);
    *words_at(own) = 0;
    grant(0, own, child.domain, true);
    const int64_t handle = child_call(&child, count_on_another, PLACE);
    grant_clear(0);
    expect_equal(grant_revoke(0), LINTEL_EBUSY);
    // The child dies of it, maybe before it has answered.
    child_begin(&child, end, (uint64_t)handle);
    while (grant_revoke(0) == LINTEL_EBUSY)
        vcpu_yield();
    const uint64_t count = *words_at(own);
    for (unsigned i = 0; i < 50; ++i) {
        nap(100000);
        expect_equal(*words_at(own), count);
    }
    expect_equal(memory_release(own, 1), 1);
    while (memory_claim(own, 1) == LINTEL_EBUSY)
        vcpu_yield();
    const uint64_t begin = system_time(), patience = 5000000000ull;
    while (info_of(child.domain).state == LINTEL_DOMAIN_RUNNING)
        if (system_time() - begin > patience)
            failure("the writer lives");
    expect_equal(info_of(child.domain).state, LINTEL_DOMAIN_CRASHED);
    child_destroy(&child);
}

static int64_t grant_one(uint64_t peer)
{
    grant(0, CHILD_RAM, peer, true);
    return 0;
}

static volatile uint32_t stop;

static void write_until_told(void* place)
{
    volatile uint64_t* const word = place;
    for (*word = 0; !stop;)
        ++*word;
}

static void check_other_mappings(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    struct child child = child_make(&wanted);
    child_call(&child, grant_one, 0);
    const struct lintel_grant_map mine = must_map(child.domain, 0, 0, 0);
    stop = 0;
    vcpu_run(1, write_until_told, (void*)mine.gpa);
    for (unsigned i = 0; i < 300; ++i) {
        const uint64_t before = *words_at(mine.gpa);
        const struct lintel_grant_map other =
            must_map(child.domain, 0, i % 2 == 0 ? LINTEL_GRANT_READONLY : 0, 0);
        expect_equal(other.gpa, mine.gpa);
        expect_equal(unmap_one(other.handle), 0);
        while (*words_at(mine.gpa) == before)
            vcpu_yield();
    }
    stop = 1;
    vcpu_join(1);
    expect_equal(unmap_one(mine.handle), 0);
    child_destroy(&child);
}

void test(void)
{
    need_vcpus(2);
    const uint64_t own = spare_ram(SMALL_PAGE);
    for (unsigned i = 0; i < 5; ++i)
        check_unmap(own);
    check_other_mappings();
    expect_equal(info_of_machine().domains, 1);
}
