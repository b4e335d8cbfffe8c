// SPDX-License-Identifier: Apache-2.0
// As many handles as there can be, and one more.
//
// A child with five handles holds five mappings; the sixth is refused with LINTEL_ENOSPC, in a
// batch too, and one that was ended makes room for one. One without handles maps nothing. dom0
// holds all of its handles at once, on one page; in between and in the end every one works, they
// end in another order, and a second round gives as many. Class: XSA-228 (the list of free
// handles), limits off by one.
#include "child.h"
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "start_info.h"
#include "upcall.h"

#define PAGE SMALL_PAGE

static int64_t grant_one(uint64_t unused)
{
    (void)unused;
    grant(0, CHILD_RAM, 0, true);
    return 0;
}

static int64_t map_many(uint64_t limit)
{
    struct lintel_grant_map elements[8];
    uint32_t handles[8] = {0};
    for (unsigned i = 0; i < 8; ++i)
        elements[i] = (struct lintel_grant_map){0, 0, 0, CHILD_WINDOW + i * PAGE, 0, 0};
    expect_equal(grant_map((uintptr_t)elements, 8), 8);
    for (unsigned i = 0; i < 8; ++i) {
        expect_equal(elements[i].status, i < limit ? 0 : LINTEL_ENOSPC);
        handles[i] = elements[i].handle;
    }
    expect_equal(map_one(0, 0, 0, CHILD_WINDOW + 8 * PAGE).status, LINTEL_ENOSPC);
    for (unsigned i = 0; i < 3 && i < limit; ++i) {
        expect_equal(unmap_one(handles[i]), 0);
        const struct lintel_grant_map again = map_one(0, 0, 0, CHILD_WINDOW + 8 * PAGE);
        expect_equal(again.status, 0);
        expect_equal(map_one(0, 0, 0, CHILD_WINDOW + 9 * PAGE).status, LINTEL_ENOSPC);
        expect_equal(unmap_one(again.handle), 0);
        handles[i] = must_map(0, 0, 0, CHILD_WINDOW + i * PAGE).handle;
    }
    for (unsigned i = 0; i < limit; ++i)
        expect_equal(unmap_one(handles[i]), 0);
    return 0;
}

static void check_child(uint32_t limit)
{
    struct lintel_domain_create wanted = usual_child(1);
    wanted.mappings = limit;
    struct child child = child_make(&wanted);
    grant(0, spare_ram(PAGE), child.domain, true);
    child_call(&child, map_many, limit);
    expect_equal(info_of(child.domain).mappings, 0);
    expect_equal(info_of(child.domain).mappings_limit, limit);
    child_destroy(&child);
    grant_clear(0);
}

#define BATCH LINTEL_GRANT_BATCH

static void take_all(uint64_t domain, uint32_t* handles, uint32_t count)
{
    static struct lintel_grant_map elements[BATCH];
    for (uint32_t done = 0; done < count; done += BATCH) {
        for (uint32_t i = 0; i < BATCH; ++i)
            elements[i] = (struct lintel_grant_map){0, (uint16_t)domain, 0, 0, 0, 1};
        expect_equal(grant_map((uintptr_t)elements, BATCH), BATCH);
        for (uint32_t i = 0; i < BATCH && done + i < count; ++i) {
            if (elements[i].status != 0)
                failure("mapping %u gives %d", done + i, elements[i].status);
            handles[done + i] = elements[i].handle;
        }
    }
}

static void give_all(const uint32_t* handles, uint32_t count)
{
    static struct lintel_grant_unmap elements[BATCH];
    for (uint32_t done = 0; done < count; done += BATCH) {
        const uint32_t part = count - done < BATCH ? count - done : BATCH;
        for (uint32_t i = 0; i < part; ++i) // from both ends
            elements[i] = (struct lintel_grant_unmap){
                (done + i) % 2 == 0 ? handles[(done + i) / 2] : handles[count - 1 - (done + i) / 2],
                1};
        expect_equal(grant_unmap((uintptr_t)elements, part), part);
        for (uint32_t i = 0; i < part; ++i)
            if (elements[i].status != 0)
                failure("unmapping %u gives %d", done + i, elements[i].status);
    }
}

static void check_dom0(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    struct child child = child_make(&wanted);
    const uint32_t count = info->mappings - info_of(0).mappings; // one is the mailbox
    uint32_t* const handles = (uint32_t*)spare_ram(count * sizeof(uint32_t));
    child_call(&child, grant_one, 0);
    for (unsigned round = 0; round < 2; ++round) {
        const uint64_t begin = system_time();
        take_all(child.domain, handles, count / BATCH * BATCH);
        for (uint32_t i = count / BATCH * BATCH; i < count; ++i)
            handles[i] = must_map(child.domain, 0, 0, 0).handle;
        expect_equal(map_one(child.domain, 0, 0, 0).status, LINTEL_ENOSPC);
        uint64_t address;
        expect_equal(foreign_map(child.domain, CHILD_RAM, 1, (uintptr_t)&address, 0),
                     LINTEL_ENOSPC);
        expect_equal(info_of(0).mappings, info->mappings);
        expect_equal(info_of(child.domain).frames_mapped, 2);
        give_all(handles, count);
        expect_equal(info_of(0).mappings, 1);
        expect_equal(info_of(child.domain).grants_mapped, 0);
        print("%u mappings of a page and their ends take %lu us", count,
              (system_time() - begin) / 1000);
    }
    child_destroy(&child);
}

void test(void)
{
    check_child(5);
    check_child(0);
    check_child(1);
    check_dom0();
    expect_equal(info_of_machine().domains, 1);
}
