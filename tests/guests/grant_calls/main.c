// SPDX-License-Identifier: Apache-2.0
// Grants with every wrong argument.
//
// References at the limit, beside it and far beyond; entries that are empty, read-only, for another
// domain, with bits that must be zero; of pages that are no RAM, shared, a device's, or mapped from
// others themselves; flags, domains and places that are none; arrays that are not aligned, no RAM,
// empty or too long; a bad element between good ones: each is answered by docs/abi/grants.md, and
// changes nothing. dom0 maps from a child, the child from dom0. Class: XSA-18, XSA-134 (references
// not bounded), XSA-226, XSA-318 (status of a batch), XSA-316 (positive errors).
#include "child.h"
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "start_info.h"

#define PAGE SMALL_PAGE

static struct child child;

// The child's part: entries that each say something else.
static int64_t fill_table(uint64_t last)
{
    const uint64_t page = CHILD_RAM;
    grant(0, page, 0, true);
    grant(1, page, 0, false);
    grant(2, page, 7, true);
    grant(3, page, LINTEL_DOMAIN_SELF, true);
    grant(4, 0, 0, true);                // no memory there
    grant(5, info->events_gpa, 0, true); // a shared page
    grant(6, info->grants_gpa, 0, true);
    grant(7, 0xf0200000, 0, true); // device area without memory
    grant(8, CHILD_WINDOW, 0, true);
    grant(9, LINTEL_GRANT_ADDRESS, 0, true);
    for (unsigned bit = 2; bit < 12; ++bit)
        grant_table[8 + bit] = page | 1ull << bit | LINTEL_GRANT_PRESENT;
    grant_table[20] = page | LINTEL_GRANT_WRITABLE;
    grant(last, page + PAGE, 0, true);
    words_at(page)[0] = 0x1234;
    return info->grant_entries;
}

static void refused_map(const char* what, int32_t status, uint64_t domain, uint32_t ref,
                        uint16_t flags, uint64_t gpa)
{
    for (unsigned i = 0; i < 3; ++i) {
        const struct lintel_grant_map answer = map_one(domain, ref, flags, gpa);
        if (answer.status != status)
            print("%s: entry %x of domain %lu, flags %x, gpa %lx", what, ref, domain, flags, gpa);
        expect_equal(answer.status, status);
        expect_equal(answer.handle, 0);
        expect_equal(answer.gpa, gpa);
    }
}

static void check_entries(void)
{
    const uint64_t from = child.domain;
    const uint32_t last = (uint32_t)child_call(&child, fill_table, 511) - 1;
    expect_equal(last, 511);
    refused_map("empty", LINTEL_EPERM, from, 100, 0, 0);
    refused_map("not present", LINTEL_EPERM, from, 20, 0, 0);
    refused_map("read-only", LINTEL_EPERM, from, 1, 0, 0);
    refused_map("for another", LINTEL_EPERM, from, 2, 0, 0);
    refused_map("for itself", LINTEL_EPERM, from, 3, 0, 0);
    for (uint32_t ref = 4; ref <= 9; ++ref)
        refused_map("no RAM", LINTEL_EFAULT, from, ref, 0, 0);
    for (uint32_t ref = 10; ref < 20; ++ref)
        refused_map("unknown bits", LINTEL_EPERM, from, ref, LINTEL_GRANT_READONLY, 0);
    static const uint32_t beyond[] = {512, 513, 0xffff, 0x10000, 0x80000000, 0xffffffff};
    for (unsigned i = 0; i < sizeof beyond / sizeof beyond[0]; ++i)
        refused_map("beyond", LINTEL_ENOENT, from, beyond[i], 0, 0);
    const struct lintel_grant_map mapped = must_map(from, last, 0, 0);
    expect_equal(unmap_one(mapped.handle), 0);
}

static void check_fields(void)
{
    for (unsigned bit = 1; bit < 16; ++bit)
        refused_map("flags", LINTEL_EINVAL, child.domain, 0, (uint16_t)(1u << bit), 0);
    refused_map("a place", LINTEL_EINVAL, child.domain, 0, 0, PAGE);
    refused_map("a place", LINTEL_EINVAL, child.domain, 0, 0, 1);
    refused_map("the caller", LINTEL_EINVAL, 0, 0, 0, 0);
    refused_map("the caller", LINTEL_EINVAL, LINTEL_DOMAIN_SELF, 0, 0, 0);
    refused_map("nobody", LINTEL_ENOENT, child.domain + 1, 0, 0, 0);
    refused_map("nobody", LINTEL_ENOENT, child.domain + 128, 0, 0, 0);
    refused_map("nobody", LINTEL_ENOENT, 0xfffe, 0, 0, 0);
}

static void check_arrays(void)
{
    static const uint64_t calls[] = {LINTEL_HC_grant_map, LINTEL_HC_grant_unmap,
                                     LINTEL_HC_grant_copy, LINTEL_HC_foreign_unmap,
                                     LINTEL_HC_grant_revoke_batch};
    static struct lintel_grant_unmap elements[LINTEL_GRANT_BATCH + 2] __attribute__((aligned(8)));
    const uint64_t good = (uintptr_t)elements;
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; ++i) {
        expect_equal(hypercall(calls[i], good, 0, 0, 0, 0), LINTEL_EINVAL);
        for (unsigned bit = 0; bit < 64; ++bit)
            expect_equal(hypercall(calls[i], good, 1, 1ull << bit, 0, 0), LINTEL_EINVAL);
        for (unsigned offset = 1; offset < 8; ++offset)
            expect_equal(hypercall(calls[i], good + offset, 1, 0, 0, 0), LINTEL_EINVAL);
        const uint64_t no_ram[] = {
            info_address(), info->grants_gpa, 0xfee00000,          hypervisor_heap()->address,
            1ull << 52,     ~0ull - 7,        LINTEL_WINDOW_GRANTS};
        for (unsigned j = 0; j < sizeof no_ram / sizeof no_ram[0]; ++j)
            expect_equal(hypercall(calls[i], no_ram[j], 1, 0, 0, 0), LINTEL_EFAULT);
        const uint64_t end = hypervisor_heap()->address; // of RAM
        expect_equal(hypercall(calls[i], end - 16, LINTEL_GRANT_BATCH, 0, 0, 0), LINTEL_EFAULT);
    }
    for (unsigned i = 0; i < LINTEL_GRANT_BATCH + 2; ++i)
        elements[i] = (struct lintel_grant_unmap){i, 77};
    expect_equal(grant_unmap(good, LINTEL_GRANT_BATCH + 1), LINTEL_GRANT_BATCH);
    expect_equal(grant_unmap(good, ~0ull), LINTEL_GRANT_BATCH);
    expect_equal(grant_unmap(good, 1ull << 32), LINTEL_GRANT_BATCH);
    expect_equal(elements[LINTEL_GRANT_BATCH - 1].status, LINTEL_ENOENT);
    expect_equal(elements[LINTEL_GRANT_BATCH].status, 77);
}

static void check_batch(void)
{
    struct lintel_grant_map maps[5];
    struct lintel_grant_unmap unmaps[5];
    static const uint32_t refs[] = {0, 9, 1, 1000, 0};
    static const int32_t statuses[] = {0, LINTEL_EFAULT, 0, LINTEL_ENOENT, 0};
    for (unsigned i = 0; i < 5; ++i)
        maps[i] = (struct lintel_grant_map){
            refs[i], (uint16_t)child.domain, i == 2 ? LINTEL_GRANT_READONLY : 0, 0, 9, 9};
    expect_equal(grant_map((uintptr_t)maps, 5), 5);
    for (unsigned i = 0; i < 5; ++i) {
        expect_equal(maps[i].status, statuses[i]);
        unmaps[i] = (struct lintel_grant_unmap){maps[i].handle, 9};
    }
    expect_equal(info_of(child.domain).grants_mapped, 2);
    expect_equal(info_of(child.domain).frames_mapped, 2); // and the mailbox
    expect_equal(words_at(maps[0].gpa)[0], 0x1234);
    expect_equal(grant_unmap((uintptr_t)unmaps, 5), 5);
    for (unsigned i = 0; i < 5; ++i)
        expect_equal(unmaps[i].status, statuses[i] == 0 ? 0 : LINTEL_ENOENT);
    expect_equal(info_of(child.domain).grants_mapped, 0);
}

// A page that dom0 has mapped from the child is not dom0's to grant.
static int64_t map_from_dom0(uint64_t expected)
{
    const struct lintel_grant_map answer = map_one(0, 0, 0, CHILD_WINDOW);
    expect_equal(answer.status, (int32_t)expected);
    if (answer.status == 0)
        expect_equal(unmap_one(answer.handle), 0);
    return 0;
}

static void check_pages_of_dom0(void)
{
    const struct lintel_grant_map mapped = must_map(child.domain, 0, 0, 0);
    const uint64_t own = spare_ram(PAGE);
    const uint64_t others[] = {mapped.gpa, info->events_gpa, info_address(),
                               0xfee00000, 0xb8000,          hypervisor_heap()->address,
                               0x100000,   1ull << 38,       LINTEL_GRANT_ADDRESS};
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; ++i) {
        grant(0, others[i] & LINTEL_GRANT_ADDRESS, child.domain, true);
        child_call(&child, map_from_dom0, (uint64_t)(int64_t)LINTEL_EFAULT);
    }
    grant(0, own, child.domain, true);
    child_call(&child, map_from_dom0, 0);
    expect_equal(unmap_one(mapped.handle), 0);
}

static void check_revoke(void)
{
    for (uint64_t ref = info->grant_entries; ref != 0; ref <<= 1)
        expect_equal(grant_revoke(ref), LINTEL_ENOENT);
    expect_equal(grant_revoke(info->grant_entries - 1), 0);
    expect_equal(hypercall(LINTEL_HC_grant_revoke, 1, 1, 0, 0, 0), LINTEL_EINVAL);
    grant(1, 0x400000, child.domain, false);
    expect_equal(grant_revoke(1), LINTEL_EINVAL);
    grant_clear(1);
    expect_equal(grant_revoke(1), 0);
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    child = child_make(&wanted);
    check_entries();
    check_fields();
    check_arrays();
    check_batch();
    check_pages_of_dom0();
    check_revoke();
    child_destroy(&child);
    expect_equal(info_of_machine().domains, 1);
    expect_equal(info_of(0).mappings, 0);
}
