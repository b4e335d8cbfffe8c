// SPDX-License-Identifier: Apache-2.0
// How long a mapping lasts, and what it holds up.
//
// While dom0 has a page of a child mapped, the child may change or clear the entry, grant another
// page by it, give memory back, or end: the mapping stays what it is, grant_revoke and
// memory_release say busy, and the page's memory is freed after the last mapping is gone. Two
// mappings of a page end one by one, in either order; a handle ends once, and is refused
// afterwards. A domain that ends gives back what it had mapped. Class: XSA-218, XSA-224, XSA-234,
// XSA-394 (counts of partial unmaps), XSA-230, XSA-236 (an entry changed while in use), XSA-380
// (ends of domains with mappings).
#include "child.h"
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "start_info.h"
#include "upcall.h"

#define PAGE SMALL_PAGE

static int64_t grant_pages(uint64_t count)
{
    for (uint32_t ref = 0; ref < count; ++ref) {
        words_at(CHILD_RAM + ref * PAGE)[0] = 0x100 + ref;
        grant(ref, CHILD_RAM + ref * PAGE, 0, true);
    }
    return 0;
}
static int64_t change_entry(uint64_t ref)
{
    grant((uint32_t)ref, CHILD_RAM + 7 * PAGE, 0, false);
    return 0;
}
static int64_t clear_and_revoke(uint64_t ref)
{
    grant_clear((uint32_t)ref);
    return grant_revoke(ref);
}
static int64_t release(uint64_t page)
{
    return memory_release(page, 1);
}
static int64_t first_word(uint64_t page)
{
    return (int64_t)words_at(page)[0];
}

static void check_entry_changes(struct child* child)
{
    const struct lintel_grant_map mapped = must_map(child->domain, 0, 0, 0);
    child_call(child, change_entry, 0);
    words_at(mapped.gpa)[0] = 0xabc;
    expect_equal(child_call(child, first_word, CHILD_RAM), 0xabc);
    const struct lintel_grant_map other = must_map(child->domain, 0, LINTEL_GRANT_READONLY, 0);
    expect(other.gpa != mapped.gpa);
    expect_equal(map_one(child->domain, 0, 0, 0).status, LINTEL_EPERM);
    expect_equal(child_call(child, clear_and_revoke, 0), LINTEL_EBUSY);
    expect_equal(unmap_one(mapped.handle), 0);
    expect_equal(child_call(child, clear_and_revoke, 0), LINTEL_EBUSY);
    expect_equal(unmap_one(other.handle), 0);
    expect_equal(child_call(child, clear_and_revoke, 0), 0);
}

static void check_release(struct child* child)
{
    const uint64_t page = CHILD_RAM + PAGE;
    const struct lintel_grant_map mapped = must_map(child->domain, 1, LINTEL_GRANT_READONLY, 0);
    for (unsigned i = 0; i < 3; ++i)
        expect_equal(child_call(child, release, page), LINTEL_EBUSY);
    expect_equal(words_at(mapped.gpa)[0], 0x101);
    expect_equal(unmap_one(mapped.handle), 0);
    expect_equal(child_call(child, release, page), 1);
    expect_equal(map_one(child->domain, 1, LINTEL_GRANT_READONLY, 0).status, LINTEL_EFAULT);
}

static void check_handles(struct child* child)
{
    for (unsigned order = 0; order < 2; ++order) {
        const struct lintel_grant_map read = must_map(child->domain, 2, LINTEL_GRANT_READONLY, 0),
                                      write = must_map(child->domain, 2, 0, 0);
        expect_equal(read.gpa, write.gpa);
        expect(read.handle != write.handle);
        words_at(write.gpa)[1] = order + 1;
        expect_equal(unmap_one(order == 0 ? read.handle : write.handle), 0);
        if (order == 0)
            words_at(write.gpa)[1] = 5; // still writable
        expect_equal(words_at(read.gpa)[1], order == 0 ? 5 : 2);
        expect_equal(unmap_one(order == 0 ? read.handle : write.handle), LINTEL_ENOENT);
        expect_equal(unmap_one(order == 0 ? write.handle : read.handle), 0);
        expect_equal(unmap_one(read.handle), LINTEL_ENOENT);
        expect_equal(unmap_one(write.handle), LINTEL_ENOENT);
    }
    const struct lintel_grant_map old = must_map(child->domain, 2, 0, 0);
    expect_equal(unmap_one(old.handle), 0);
    const struct lintel_grant_map young = must_map(child->domain, 2, 0, 0);
    expect_equal(unmap_one(old.handle), LINTEL_ENOENT);
    for (unsigned bit = 0; bit < 32; ++bit)
        expect_equal(unmap_one(young.handle ^ 1u << bit), LINTEL_ENOENT);
    expect_equal(unmap_one(0), LINTEL_ENOENT);
    expect_equal(foreign_unmap_one(young.handle), LINTEL_ENOENT);
    expect_equal(unmap_one(young.handle), 0);
}

static int64_t die(uint64_t address)
{
    return (int64_t)*words_at(address);
}

// The child's memory outlives it as long as dom0 has it.
static void check_death_of_the_granter(struct child* child)
{
    const struct lintel_grant_map mapped = must_map(child->domain, 3, 0, 0);
    child_begin(child, die, 0x80000000); // there is nothing
    child_expect_crash(child);
    expect_equal(words_at(mapped.gpa)[0], 0x103);
    const struct lintel_grant_map late = must_map(child->domain, 4, 0, 0); // it exists still
    expect_equal(unmap_one(late.handle), 0);
    expect_equal(foreign_unmap_one(child->handle), 0);
    int64_t result;
    while ((result = domain_destroy(child->domain)) > 0)
        ;
    expect_equal(result, LINTEL_EBUSY);
    expect_equal(info_of(child->domain).state, LINTEL_DOMAIN_DYING);
    expect_equal(info_of(child->domain).frames_mapped, 1);
    expect_equal(map_one(child->domain, 4, 0, 0).status, LINTEL_ENOENT);
    expect_equal(words_at(mapped.gpa)[0], 0x103);
    words_at(mapped.gpa)[0] = 1;
    expect_equal(domain_destroy(child->domain), LINTEL_EBUSY);
    expect_equal(unmap_one(mapped.handle), 0);
    destroy_all(child->domain);
}

static int64_t map_four(uint64_t unused)
{
    (void)unused;
    for (uint32_t ref = 0; ref < 4; ++ref)
        must_map(0, ref, 0, CHILD_WINDOW + ref * PAGE);
    return 0;
}

// The hypervisor may be erasing them at the moment.
static void claim(uint64_t page, uint64_t count)
{
    for (const uint64_t end = page + count * PAGE; page != end;) {
        const int64_t taken = memory_claim(page, (end - page) / PAGE);
        if (taken <= 0 && taken != LINTEL_EBUSY)
            failure("memory_claim gives %ld", taken);
        page += taken > 0 ? (uint64_t)taken * PAGE : 0;
        vcpu_yield();
    }
}

static void check_death_of_the_mapper(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    struct child child = child_make(&wanted);
    const uint64_t own = spare_ram(4 * PAGE);
    for (uint32_t ref = 0; ref < 4; ++ref)
        grant(ref, own + ref * PAGE, child.domain, true);
    child_call(&child, map_four, 0);
    expect_equal(info_of(child.domain).mappings, 4);
    expect_equal(info_of(0).frames_mapped, 4);
    for (uint32_t ref = 0; ref < 4; ++ref) {
        grant_clear(ref);
        expect_equal(grant_revoke(ref), LINTEL_EBUSY);
        expect_equal(memory_release(own + ref * PAGE, 1), LINTEL_EBUSY);
    }
    child_begin(&child, die, 0x80000000);
    child_expect_crash(&child);
    expect_equal(grant_revoke(0), LINTEL_EBUSY); // it has ended, but not gone
    child_destroy(&child);
    for (uint32_t ref = 0; ref < 4; ++ref)
        expect_equal(grant_revoke(ref), 0);
    expect_equal(info_of(0).frames_mapped, 0);
    expect_equal(memory_release(own, 4), 4);
    claim(own, 4);
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    const struct lintel_domain_info before = info_of(0);
    struct child child = child_make(&wanted);
    child_call(&child, grant_pages, 8);
    check_entry_changes(&child);
    check_release(&child);
    check_handles(&child);
    check_death_of_the_granter(&child);
    check_death_of_the_mapper();
    expect_equal(info_of(0).mappings, before.mappings);
    expect_equal(info_of_machine().domains, 1);
}
