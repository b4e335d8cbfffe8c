// SPDX-License-Identifier: Apache-2.0
// Frames of a sealed child in the hands of others, before and after it gave them up.
//
// A page that dom0 or another child has mapped, by a grant or as foreign memory, is not donated and
// not sealed; a grant that was written before the donation gives nothing after it. Tables of every
// level, donated pages, text and kernel data are not mapped, copied from or copied to, by dom0 and
// by another sealed child; nor do they leave the child by memory_release. What others granted to
// the child is no table, and the supervisor does not execute there. Plain pages go on as they were.
// Class: XSA-148 and XSA-212 by a second way to the same frame; XSA-294 (a check and a change of
// use that race).
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "result.h"
#include "sealed.h"

#define PLACE (CHILD_WINDOW + 3 * SMALL_PAGE)
#define PLAIN (CHILD_RAM + 30 * SMALL_PAGE)
#define DONATED (CHILD_RAM + 32 * SMALL_PAGE)
#define GIVEN (DONATED + SMALL_PAGE)

static uint64_t data(void)
{
    static uint64_t word;
    return (uintptr_t)&word & ~0xfffull;
}

static uint64_t page_of(unsigned ref)
{
    const uint64_t pages[] = {PLAIN,
                              DONATED,
                              GIVEN,
                              (uintptr_t)text_begin,
                              data(),
                              table_at(FREE_PT),
                              table_at(HIGH_PD),
                              table_at(HIGH_PDPT),
                              table_at(ROOT),
                              table_at(PAIR)};
    return ref < sizeof pages / sizeof pages[0] ? pages[ref] : 0;
}

// May be stored to, and yet not be lent.
static bool is_kernels(unsigned ref)
{
    return page_of(ref) == data();
}

static int64_t grant_all(uint64_t peer)
{
    must_donate(DONATED, 2);
    must_give(GIVEN, 0);
    for (unsigned ref = 0; page_of(ref) != 0; ++ref)
        grant(ref, page_of(ref), peer, true);
    for (unsigned i = 0; i < 512; ++i)
        words_at(PLAIN)[i] = i;
    return 0;
}

// By whoever calls: dom0 or a child.
static void try_all(uint64_t domain, uint64_t own, uint64_t place)
{
    for (unsigned ref = 1; page_of(ref) != 0; ++ref) {
        const int32_t status = is_kernels(ref) ? LINTEL_EBUSY : LINTEL_EFAULT;
        expect_equal(map_one(domain, ref, 0, place).status, status);
        expect_equal(map_one(domain, ref, LINTEL_GRANT_READONLY, place).status, status);
        expect_equal(copy_one(own, domain, ref, 0, 4096, 0), status);
        expect_equal(copy_one(own, domain, ref, 8, 8, LINTEL_GRANT_TO_PEER), status);
    }
    const struct lintel_grant_map mapped = must_map(domain, 0, 0, place);
    expect_equal(unmap_one(mapped.handle), 0);
    expect_equal(copy_one(own, domain, 0, 0, 4096, 0), 0);
    expect_equal(words_at(own)[511], 511);
}

static int64_t try_from_child(uint64_t domain)
{
    try_all(domain, CHILD_RAM, PLACE);
    return 0;
}

// Into the own tables and text, out of what another grants.
static int64_t copy_in(uint64_t domain)
{
    for (unsigned ref = 1; page_of(ref) != 0; ++ref) {
        const uint64_t page = page_of(ref), before = *words_at(page);
        expect_equal(copy_one(page, domain, 0, 0, 4096, 0), is_kernels(ref) ? 0 : LINTEL_EFAULT);
        if (is_kernels(ref))
            continue;
        expect_equal(*words_at(page), before);
        // The buffer begins in a plain page and ends in one that is not.
        if (page == DONATED)
            expect_equal(copy_one(page - 8, domain, 0, 0, 16, 0), LINTEL_EFAULT);
    }
    return 0;
}

static int64_t release_all(uint64_t unused)
{
    (void)unused;
    for (unsigned ref = 1; page_of(ref) != 0; ++ref) {
        const int64_t status = memory_release(page_of(ref), 1);
        expect(status == LINTEL_EBUSY || status == LINTEL_EFAULT);
    }
    expect_equal(memory_release(DONATED - SMALL_PAGE, 3), 1); // as far as it is plain
    expect_equal(memory_claim(DONATED - SMALL_PAGE, 1), 1);
    expect_equal(memory_claim(DONATED, 1), LINTEL_EFAULT);
    return 0;
}

static int64_t foreign_status(uint64_t domain, uint64_t page, uint64_t pages, uint64_t flags)
{
    static uint64_t addresses[4];
    const int64_t handle = foreign_map(domain, page, pages, (uintptr_t)addresses, flags);
    if (handle > 0)
        expect_equal(foreign_unmap_one((uint32_t)handle), 0);
    return handle > 0 ? 0 : handle;
}

// Addresses of the runtime's own are the same in both; those of RAM are constants.
static void map_foreign(uint64_t domain)
{
    for (unsigned ref = 1; page_of(ref) != 0; ++ref) {
        const int64_t status = is_kernels(ref) ? LINTEL_EBUSY : LINTEL_EFAULT;
        expect_equal(foreign_status(domain, page_of(ref), 1, 0), status);
        expect_equal(foreign_status(domain, page_of(ref), 1, LINTEL_GRANT_READONLY), status);
    }
    expect_equal(foreign_status(domain, PLAIN, 1, 0), 0);
    expect(foreign_status(domain, DONATED - SMALL_PAGE, 2, 0) < 0);
    expect_equal(foreign_status(domain, DONATED - SMALL_PAGE, 1, 0), 0);
}

// ---- frames that are in use when they are to be given up ----

static int64_t donate_status(uint64_t page)
{
    return pt_donate(page, 1);
}
static int64_t grant_one(uint64_t page)
{
    grant(20, page, 0, true);
    return 0;
}
static int64_t clear_one(uint64_t unused)
{
    (void)unused;
    grant_clear(20);
    return grant_revoke(20);
}

static void check_lent(struct child* child)
{
    const uint64_t page = CHILD_RAM + 50 * SMALL_PAGE;
    child_call(child, grant_one, page);
    const struct lintel_grant_map mapped = must_map(child->domain, 20, 0, 0);
    expect_equal(child_call(child, donate_status, page), LINTEL_EBUSY);
    expect_equal(child_call(child, clear_one, 0), LINTEL_EBUSY); // the mapping lasts
    expect_equal(child_call(child, donate_status, page), LINTEL_EBUSY);
    words_at(mapped.gpa)[0] = 1;
    expect_equal(unmap_one(mapped.handle), 0);
    child_call(child, grant_one, page);
    expect_equal(child_call(child, donate_status, page), 1); // written, and not in use
    expect_equal(map_one(child->domain, 20, 0, 0).status, LINTEL_EFAULT);
    expect_equal(child_call(child, clear_one, 0), 0);

    uint64_t address;
    const int64_t handle = foreign_map(child->domain, page + SMALL_PAGE, 1, (uintptr_t)&address,
                                       LINTEL_GRANT_READONLY);
    expect(handle > 0);
    expect_equal(child_call(child, donate_status, page + SMALL_PAGE), LINTEL_EBUSY);
    expect_equal(foreign_unmap_one((uint32_t)handle), 0);
    expect_equal(child_call(child, donate_status, page + SMALL_PAGE), 1);
}

static int64_t prepare_seal(uint64_t page)
{
    build_tables();
    declare_frames();
    declare(page, 1, LINTEL_FRAME_PT);
    grant(20, page, 0, true);
    return 0;
}
static int64_t seal_status(uint64_t culprit)
{
    const struct answer answer = until_done(seal, table_at(ROOT), 0);
    if (answer.status != 0)
        expect_equal(answer.second, culprit);
    return answer.status;
}

static void check_sealed_while_lent(void)
{
    const struct lintel_domain_create wanted = sealable_child(1);
    const uint64_t page = CHILD_RAM + 50 * SMALL_PAGE;
    struct child child = child_make(&wanted);
    child_call(&child, prepare_seal, page);
    const struct lintel_grant_map mapped = must_map(child.domain, 20, LINTEL_GRANT_READONLY, 0);
    expect_equal(child_call(&child, seal_status, page), LINTEL_EBUSY);
    child_call(&child, prepare_seal, page); // which stores to its tables
    expect_equal(unmap_one(mapped.handle), 0);
    expect_equal(child_call(&child, seal_status, page), 0);
    expect_equal(map_one(child.domain, 20, 0, 0).status, LINTEL_EFAULT);
    child_destroy(&child);
}

// ---- what others granted to it ----

static int64_t use_foreign(uint64_t domain)
{
    const struct lintel_grant_map mapped = must_map(domain, 0, 0, PLACE);
    expect_equal(words_at(PLACE)[7], 7); // by the mapping that it had of the place
    expect_equal(pt_donate(PLACE, 1), LINTEL_EFAULT);
    expect_equal(command(PLACE, LINTEL_SEAL_GIVE_LEVEL, 0), LINTEL_EFAULT);
    expect_equal(set_entry(PLACE, 0), LINTEL_EFAULT);
    expect_equal(set_entry(entry_in(HIGH_PD, 9), PLACE | TABLE_RIGHTS), LINTEL_EFAULT);
    expect_equal(set_entry(entry_in(FREE_PT, 9), PLACE | TEXT_RIGHTS), LINTEL_EPERM);
    must_set(entry_in(FREE_PT, 9), PLACE | DATA_RIGHTS | PAGE_USER);
    must_set(entry_in(FREE_PT, 9), 0);
    expect_equal(unmap_one(mapped.handle), 0);
    return 0;
}

void test(void)
{
    static uint64_t own[512] __attribute__((aligned(4096)));
    const uint64_t free = info_of_machine().free_frames;
    struct child one = sealed_child_make(1), other = sealed_child_make(1);
    child_call(&one, grant_all, 0);
    try_all(one.domain, (uintptr_t)own, 0);
    map_foreign(one.domain);
    check_lent(&one);
    child_call(&one, release_all, 0);

    child_call(&other, grant_all, one.domain);
    child_call(&one, try_from_child, other.domain);
    child_call(&one, copy_in, other.domain);
    child_call(&one, use_foreign, other.domain);
    check_sealed_while_lent();
    child_destroy(&one);
    child_destroy(&other);
    expect_equal(info_of_machine().free_frames, free);
}
