// SPDX-License-Identifier: Apache-2.0
// foreign_map and foreign_unmap with every argument, good and wrong.
//
// dom0 sees the pages of another domain at the machine addresses that it is told, and what it
// writes is found there again by a second mapping. Pages in pieces of memory that do not follow
// each other in the machine, 512 at once, twice the same, read-only: all or none. What is no RAM of
// that domain, not aligned, too much, dom0's own or of nobody is refused as docs/abi/grants.md
// says, and leaves nothing mapped. Class: XSA-29 (a base that is checked, elements that are not),
// XSA-277, undo of what was half done.
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "start_info.h"

#define PAGE SMALL_PAGE
#define MOST LINTEL_FOREIGN_FRAMES

static uint64_t domain;
static uint64_t addresses[MOST + 1];

static void refused(const char* what, int64_t status, uint64_t whose, uint64_t gpa, uint64_t frames,
                    uint64_t result, uint64_t flags)
{
    for (unsigned i = 0; i < 3; ++i) {
        const int64_t got = foreign_map(whose, gpa, frames, result, flags);
        if (got != status)
            print("%s: %lx %lx %lx", what, gpa, frames, result);
        expect_equal(got, status);
    }
    expect_equal(info_of(domain).frames_mapped, 0);
    expect_equal(info_of(0).mappings, 0);
}

static void check_refusals(void)
{
    const uint64_t result = (uintptr_t)addresses, end = hypervisor_heap()->address;
    refused("unaligned", LINTEL_EINVAL, domain, 0x1008, 1, result, 0);
    refused("unaligned", LINTEL_EINVAL, domain, 0x1000, 1, result + 4, 0);
    refused("none", LINTEL_EINVAL, domain, 0x1000, 0, result, 0);
    refused("too many", LINTEL_EINVAL, domain, 0x1000, MOST + 1, result, 0);
    refused("too many", LINTEL_EINVAL, domain, 0x1000, 1ull << 32, result, 0);
    for (unsigned bit = 1; bit < 64; ++bit)
        refused("flags", LINTEL_EINVAL, domain, 0x1000, 1, result, 1ull << bit);
    refused("dom0", LINTEL_EPERM, 0, 0x400000, 1, result, 0);
    refused("dom0", LINTEL_EPERM, LINTEL_DOMAIN_SELF, 0x400000, 1, result, 0);
    refused("nobody", LINTEL_ENOENT, domain + 1, 0x1000, 1, result, 0);
    refused("nobody", LINTEL_ENOENT, domain + 128, 0x1000, 1, result, 0);
    refused("nobody", LINTEL_ENOENT, domain | 1ull << 32, 0x1000, 1, result, 0);
    refused("no RAM here", LINTEL_EFAULT, domain, 0x1000, 1, info_address(), 0);
    refused("no RAM here", LINTEL_EFAULT, domain, 0x1000, 2, end - 8, 0);
    refused("no RAM here", LINTEL_EFAULT, domain, 0x1000, 1, ~0ull - 7, 0);
    refused("no RAM there", LINTEL_EFAULT, domain, 0x80000000, 1, result, 0);
    refused("shared page", LINTEL_EFAULT, domain, 0xf0000000, 1, result, 0);
    refused("window", LINTEL_EFAULT, domain, 0x140000000, 1, result, 0);
    refused("the last is missing", LINTEL_EFAULT, domain, 0x3ff000, 2, result, 0);
    refused("the first is missing", LINTEL_EFAULT, domain, 0x7ff000, 2, result, 0);
    for (unsigned bit = 36; bit < 64; ++bit)
        refused("far", LINTEL_EFAULT, domain, 1ull << bit, 1, result, 0);
    refused("the end", LINTEL_EFAULT, domain, ~0xfffull, 2, result, 0);
}

static uint32_t must_map_pages(uint64_t gpa, uint64_t frames, uint64_t flags)
{
    const int64_t handle = foreign_map(domain, gpa, frames, (uintptr_t)addresses, flags);
    if (handle <= 0 || handle > 0xffffffff)
        failure("foreign_map of %lu frames at %lx gives %ld", frames, gpa, handle);
    return (uint32_t)handle;
}

static void check_contents(void)
{
    const uint64_t pieces[] = {0, 0x100000, 0x200000, 0x800000};
    for (unsigned piece = 0; piece < 4; ++piece) {
        const uint32_t handle = must_map_pages(pieces[piece], 256, 0);
        expect_equal(info_of(domain).frames_mapped, 256);
        for (unsigned i = 0; i < 256; ++i) {
            expect_equal(addresses[i] % PAGE, 0);
            expect_equal(words_at(addresses[i])[0], 0); // it is new
            words_at(addresses[i])[0] = pieces[piece] + i;
        }
        expect_equal(unmap_one(handle), LINTEL_ENOENT); // it is no grant
        expect_equal(foreign_unmap_one(handle), 0);
        expect_equal(foreign_unmap_one(handle), LINTEL_ENOENT);
        expect_equal(info_of(domain).frames_mapped, 0);
    }
    for (unsigned piece = 0; piece < 4; ++piece) {
        const uint32_t handle = must_map_pages(pieces[piece], 256, LINTEL_GRANT_READONLY);
        for (unsigned i = 0; i < 256; ++i)
            expect_equal(words_at(addresses[i])[0], pieces[piece] + i);
        expect_equal(foreign_unmap_one(handle), 0);
    }
}

static void check_overlaps(void)
{
    const uint32_t all = must_map_pages(0, MOST, LINTEL_GRANT_READONLY),
                   one = must_map_pages(5 * PAGE, 1, 0);
    words_at(addresses[0])[1] = 1; // writable by the second
    const uint32_t again = must_map_pages(0, MOST, LINTEL_GRANT_READONLY);
    expect_equal(info_of(domain).frames_mapped, MOST);
    expect_equal(foreign_unmap_one(all), 0);
    words_at(addresses[5])[1] = 2;
    expect_equal(foreign_unmap_one(one), 0);
    expect_equal(words_at(addresses[5])[1], 2);
    expect_equal(words_at(addresses[MOST - 1])[1], 0);
    int64_t destroyed;
    while ((destroyed = domain_destroy(domain)) > 0)
        ;
    expect_equal(destroyed, LINTEL_EBUSY);
    expect_equal(foreign_map(domain, 0, 1, (uintptr_t)addresses, 0), LINTEL_ENOENT);
    expect_equal(words_at(addresses[5])[1], 2);
    expect_equal(foreign_unmap_one(again), 0);
    destroy_all(domain);
}

static void check_batch(void)
{
    struct lintel_grant_unmap elements[4];
    for (unsigned i = 0; i < 4; ++i)
        elements[i] = (struct lintel_grant_unmap){must_map_pages(0, 300, 0), 1};
    uint64_t done = 0;
    unsigned calls = 0;
    for (; done < 4; ++calls) {
        const int64_t now = foreign_unmap((uintptr_t)&elements[done], 4 - done);
        if (now <= 0)
            failure("foreign_unmap gives %ld", now);
        done += (uint64_t)now;
    }
    expect_equal(calls, 2); // a call ends with the element that reaches 512 pages
    for (unsigned i = 0; i < 4; ++i)
        expect_equal(elements[i].status, 0);
    expect_equal(info_of(domain).frames_mapped, 0);
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_domain(1, 4096);
    domain = make_domain(&wanted);
    populate_all(domain, 0, 1024);
    populate_all(domain, 0x800000, 256);
    check_refusals();
    check_contents();
    check_batch();
    check_overlaps();
    expect_equal(info_of_machine().domains, 1);
}
