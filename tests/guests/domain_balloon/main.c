// SPDX-License-Identifier: Apache-2.0
// Memory that a domain other than dom0 gives back and takes again.
//
// Released frames are free for others, and counted; they come back, erased, at the same addresses
// or at others below the end of what the domain was given, up to its limit. Beyond that end, in the
// shared pages, in the foreign window and where something is, there is nothing to take, so a guest
// cannot have tables made all over its address space. What dom0 has mapped is busy until it is
// unmapped, and a touch of what was released ends the domain. Class: memory limits that a guest
// gets around (XSA-31, XSA-385); tables that count against nobody.
#include "child.h"

#include <stddef.h>

#include "domain.h"
#include "grant.h"
#include "hypercall.h"
#include "result.h"

#define OWN 1024ull /* frames that child_make() gives, up to RAM */
#define MORE 2048ull
#define ALL (OWN + MORE)
#define RAM 0x600000ull
#define END (RAM + MORE * 4096)
#define HOLE 0x100000ull /* below what child_make() gives */

static int64_t at_the_limit(uint64_t unused)
{
    (void)unused;
    const uint64_t nothing[] = {END,        END + 0x200000, 1ull << 38,     1ull << 51,
                                0xf0000000, CHILD_WINDOW,   0xfffffffff000, ~0xfffull};
    for (unsigned i = 0; i < sizeof nothing / sizeof nothing[0]; ++i) {
        expect_equal(memory_claim(nothing[i], 1), LINTEL_EFAULT);
        expect_equal(memory_release(nothing[i], 1), LINTEL_EFAULT);
    }
    expect_equal(memory_claim(RAM, 1), LINTEL_EFAULT); // it is there
    expect_equal(memory_claim(HOLE, 1), LINTEL_ENOSPC);
    expect_equal(memory_release(HOLE, 1), LINTEL_EFAULT);
    expect_equal(memory_claim(RAM + 8, 1), LINTEL_EINVAL);
    expect_equal(memory_release(RAM, 0), LINTEL_EINVAL);
    return 0;
}

static int64_t release(uint64_t count)
{
    for (uint64_t page = RAM; page < RAM + count * 4096; page += 4096)
        *(volatile uint64_t*)page = page;
    expect_equal(memory_release(RAM, count), count);
    expect_equal(memory_release(RAM, 1), LINTEL_EFAULT);
    return 0;
}

static int64_t claim(uint64_t page, uint64_t count)
{
    int64_t total = 0;
    while (count != 0) {
        const int64_t done = memory_claim(page, count);
        if (done <= 0)
            return total == 0 ? done : total;
        for (const uint64_t end = page + (uint64_t)done * 4096; page < end; page += 4096)
            expect_equal(*words_at(page), 0);
        total += done;
        count -= (uint64_t)done;
    }
    return total;
}

static int64_t claim_in_parts(uint64_t unused)
{
    (void)unused;
    expect_equal(claim(RAM, 100), 100);
    expect_equal(memory_claim(RAM, 1), LINTEL_EFAULT);
    expect_equal(claim(HOLE, 12), 12); // elsewhere
    expect_equal(claim(RAM + 100 * 4096, 512), 400);
    expect_equal(memory_claim(RAM + 500 * 4096, 1), LINTEL_ENOSPC);
    expect_equal(memory_release(HOLE, 12), 12);
    expect_equal(claim(RAM + 500 * 4096, 512), 12);
    return 0;
}

static int64_t every_other(uint64_t unused)
{
    (void)unused;
    for (uint64_t page = RAM; page < END; page += 8192)
        expect_equal(memory_release(page, 1), 1);
    for (uint64_t page = RAM; page < END; page += 8192)
        expect_equal(claim(page, 1), 1);
    return 0;
}

static int64_t claim_what_dom0_filled(uint64_t unused)
{
    (void)unused;
    expect_equal(*words_at(END), 0);
    expect_equal(*words_at(END + 511 * 4096), 0);
    expect_equal(memory_claim(RAM, 1), LINTEL_ENOSPC);
    expect_equal(memory_release(END, 512), 512);
    expect_equal(claim(RAM, 512), 512);
    expect_equal(memory_claim(END, 1), LINTEL_ENOSPC);
    return 0;
}

static int64_t release_around(uint64_t page)
{
    expect_equal(memory_release(page, 1), LINTEL_EBUSY);
    expect_equal(memory_release(page - 8192, 5), 2); // up to it
    expect_equal(memory_release(page, 5), LINTEL_EBUSY);
    expect_equal(claim(page - 8192, 2), 2);
    return 0;
}

static int64_t touch(uint64_t page)
{
    expect_equal(memory_release(page, 1), 1);
    return (int64_t)*words_at(page);
}

// What the domain has, in RAM and in what the hypervisor keeps for it, is what the machine lacks.
static void expect_frames(const struct child* child, uint64_t frames)
{
    static uint64_t sum;
    const struct lintel_domain_info found = info_of(child->domain);
    const uint64_t now =
        found.frames + found.table_frames + found.state_frames + info_of_machine().free_frames;
    expect_equal(found.frames, frames);
    if (sum == 0)
        sum = now;
    expect_equal(now, sum);
}

static void check_mapped(struct child* child)
{
    uint64_t address;
    const uint64_t page = RAM + 40 * 4096;
    const int64_t handle = foreign_map(child->domain, page, 1, (uintptr_t)&address, 0);
    expect(handle > 0);
    *words_at(address) = 0x1234;
    expect_equal(child_call(child, release_around, page), 0);
    expect_equal(*words_at(address), 0x1234);
    expect_equal(foreign_unmap_one((uint32_t)handle), 0);
    child_begin(child, touch, page);
    const struct lintel_domain_info found = child_expect_end(child, LINTEL_DOMAIN_CRASHED);
    expect_equal(found.frames, ALL - 1);
}

void test(void)
{
    struct lintel_domain_create wanted = usual_child(1);
    wanted.max_frames = ALL;
    const struct lintel_machine_info before = info_of_machine();
    struct child child = child_make(&wanted);
    populate_all(child.domain, RAM, MORE);
    expect_equal(domain_populate(child.domain, END, 1), LINTEL_ENOSPC);
    expect_frames(&child, ALL);
    child_call(&child, at_the_limit, 0);
    expect_frames(&child, ALL);
    child_call(&child, release, 512);
    expect_frames(&child, ALL - 512);
    child_call(&child, claim_in_parts, 0);
    expect_frames(&child, ALL);
    child_call(&child, every_other, 0);
    expect_frames(&child, ALL);
    child_call(&child, release, 512);
    populate_all(child.domain, END, 512); // dom0 gives it elsewhere
    expect_frames(&child, ALL);
    child_call(&child, claim_what_dom0_filled, 0);
    expect_frames(&child, ALL);
    check_mapped(&child);
    child_destroy(&child);
    expect_equal(info_of_machine().free_frames, before.free_frames);
}
