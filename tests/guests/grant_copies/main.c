// SPDX-License-Identifier: Apache-2.0
// Copies to and from granted pages.
//
// Every length and offset at the ends of a page, over a border of the caller's pages, both ways:
// the bytes named are copied and no others. What goes beyond the page, is empty, is not permitted,
// not granted, or not RAM on either side is refused by docs/abi/grants.md and copies nothing; a bad
// element between good ones does not keep them from being done. The child copies out of dom0 and
// into it. Class: XSA-226, XSA-318 (status of a batch), XSA-155 (what is read twice).
#include "child.h"
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "start_info.h"
#include "upcall.h"

#define PAGE 4096u
#define TO_PEER LINTEL_GRANT_TO_PEER

static struct child child;
static uint8_t mine[3 * PAGE] __attribute__((aligned(4096)));
static uint8_t* theirs; // the granted page, as dom0 sees it

static int64_t grant_pages(uint64_t unused)
{
    (void)unused;
    grant(0, CHILD_RAM, 0, true);
    grant(1, CHILD_RAM, 0, false);
    grant(2, 0x80000000, 0, true);
    return 0;
}

static void fill(void)
{
    for (unsigned i = 0; i < sizeof mine; ++i)
        mine[i] = (uint8_t)(i * 7);
    for (unsigned i = 0; i < PAGE; ++i)
        theirs[i] = (uint8_t)(i * 5 + 1);
}

// Whether exactly these bytes are the other side's.
static void check_copy(unsigned at, unsigned offset, unsigned bytes, bool to_peer)
{
    fill();
    const int32_t status = copy_one((uintptr_t)mine + at, child.domain, to_peer ? 0 : 1,
                                    (uint16_t)offset, (uint16_t)bytes, to_peer ? TO_PEER : 0);
    expect_equal(status, 0);
    unsigned wrong = 0;
    for (unsigned i = 0; i < sizeof mine; ++i) {
        const bool copied = !to_peer && i - at < bytes;
        wrong += mine[i] != (copied ? (uint8_t)((i - at + offset) * 5 + 1) : (uint8_t)(i * 7));
    }
    for (unsigned i = 0; i < PAGE; ++i) {
        const bool copied = to_peer && i - offset < bytes;
        wrong += theirs[i] != (copied ? (uint8_t)((i - offset + at) * 7) : (uint8_t)(i * 5 + 1));
    }
    if (wrong != 0)
        failure("%u bytes at %u, offset %u, to peer %u: %u bytes are wrong", bytes, at, offset,
                to_peer, wrong);
}

static void check_copies(void)
{
    static const unsigned offsets[] = {0, 1, 8, 2047, 4088, 4095}, lengths[] = {1, 7, 8, 64, 4096},
                          places[] = {0, 3, 4090, 8192, 4095};
    for (unsigned o = 0; o < 6; ++o)
        for (unsigned l = 0; l < 5; ++l)
            for (unsigned p = 0; p < 5; ++p)
                if (offsets[o] + lengths[l] <= PAGE && places[p] + lengths[l] <= sizeof mine) {
                    check_copy(places[p], offsets[o], lengths[l], false);
                    check_copy(places[p], offsets[o], lengths[l], true);
                }
}

static void refused(const char* what, int32_t status, uint64_t gpa, uint64_t domain, uint32_t ref,
                    unsigned offset, unsigned bytes, unsigned flags)
{
    for (unsigned i = 0; i < 3; ++i) {
        const int32_t got =
            copy_one(gpa, domain, ref, (uint16_t)offset, (uint16_t)bytes, (uint16_t)flags);
        if (got != status)
            print("%s", what);
        expect_equal(got, status);
    }
}

static void check_refusals(void)
{
    const uint64_t good = (uintptr_t)mine, from = child.domain;
    fill();
    refused("empty", LINTEL_EINVAL, good, from, 0, 0, 0, 0);
    refused("beyond", LINTEL_EINVAL, good, from, 0, 1, 4096, 0);
    refused("beyond", LINTEL_EINVAL, good, from, 0, 4096, 1, 0);
    refused("beyond", LINTEL_EINVAL, good, from, 0, 0xffff, 1, TO_PEER);
    refused("beyond", LINTEL_EINVAL, good, from, 0, 0xffff, 0xffff, 0);
    for (unsigned bit = 1; bit < 16; ++bit)
        refused("flags", LINTEL_EINVAL, good, from, 0, 0, 8, 1u << bit);
    refused("itself", LINTEL_EINVAL, good, 0, 0, 0, 8, 0);
    refused("itself", LINTEL_EINVAL, good, LINTEL_DOMAIN_SELF, 0, 0, 8, 0);
    refused("nobody", LINTEL_ENOENT, good, from + 1, 0, 0, 8, 0);
    refused("no entry", LINTEL_ENOENT, good, from, 512, 0, 8, 0);
    refused("no entry", LINTEL_ENOENT, good, from, ~0u, 0, 8, 0);
    refused("not granted", LINTEL_EPERM, good, from, 3, 0, 8, 0);
    refused("read-only", LINTEL_EPERM, good, from, 1, 0, 8, TO_PEER);
    refused("no page", LINTEL_EFAULT, good, from, 2, 0, 8, 0);
    const uint64_t no_ram[] = {info_address(), info->grants_gpa, 0xfee00000,
                               ~0ull - 3,      1ull << 52,       hypervisor_heap()->address - 4};
    for (unsigned i = 0; i < sizeof no_ram / sizeof no_ram[0]; ++i) {
        refused("no RAM", LINTEL_EFAULT, no_ram[i], from, 0, 0, 8, 0);
        refused("no RAM", LINTEL_EFAULT, no_ram[i], from, 0, 0, 8, TO_PEER);
    }
    for (unsigned i = 0; i < PAGE; ++i)
        if (theirs[i] != (uint8_t)(i * 5 + 1) || mine[i] != (uint8_t)(i * 7))
            failure("byte %u has changed", i);
}

static void check_batch(void)
{
    static struct lintel_grant_copy elements[LINTEL_GRANT_BATCH];
    fill();
    for (unsigned i = 0; i < LINTEL_GRANT_BATCH; ++i)
        elements[i] = (struct lintel_grant_copy){.gpa = (uintptr_t)mine + 16 * i,
                                                 .ref = i % 3 == 1 ? 77 : 1,
                                                 .domain = (uint16_t)child.domain,
                                                 .offset = (uint16_t)(32 * i),
                                                 .bytes = 16,
                                                 .status = 9};
    expect_equal(grant_copy((uintptr_t)elements, LINTEL_GRANT_BATCH), LINTEL_GRANT_BATCH);
    for (unsigned i = 0; i < LINTEL_GRANT_BATCH; ++i) {
        expect_equal(elements[i].status, i % 3 == 1 ? LINTEL_EPERM : 0);
        expect_equal(mine[16 * i + 3],
                     i % 3 == 1 ? (uint8_t)((16 * i + 3) * 7) : (uint8_t)((32 * i + 3) * 5 + 1));
    }
}

static int64_t copy_from_dom0(uint64_t bytes)
{
    for (unsigned i = 0; i < PAGE; ++i)
        mine[i] = 0x11;
    expect_equal(copy_one((uintptr_t)mine + 5, 0, 0, 8, (uint16_t)bytes, 0), 0);
    expect_equal(mine[4], 0x11);
    expect_equal(mine[5 + bytes], 0x11);
    mine[5] = 0x99;
    expect_equal(copy_one((uintptr_t)mine + 5, 0, 0, 100, 1, TO_PEER), 0);
    expect_equal(copy_one((uintptr_t)mine + 5, 0, 1, 100, 1, TO_PEER), LINTEL_EPERM);
    return mine[6];
}

static void check_child(void)
{
    const uint64_t page = spare_ram(PAGE);
    uint8_t* const bytes = (uint8_t*)page;
    for (unsigned i = 0; i < PAGE; ++i)
        bytes[i] = (uint8_t)i;
    grant(0, page, child.domain, true);
    grant(1, page, child.domain, false);
    expect_equal(child_call(&child, copy_from_dom0, 300), 9);
    expect_equal(bytes[100], 0x99);
    expect_equal(bytes[99], 99);
    expect_equal(bytes[101], 101);
    expect_equal(info_of(0).frames_mapped, 0);
}

static void tell_cost(void)
{
    static struct lintel_grant_copy elements[LINTEL_GRANT_BATCH];
    for (unsigned i = 0; i < LINTEL_GRANT_BATCH; ++i)
        elements[i] = (struct lintel_grant_copy){
            .gpa = (uintptr_t)mine, .ref = 1, .domain = (uint16_t)child.domain, .bytes = 4096};
    const uint64_t begin = system_time();
    for (unsigned i = 0; i < 10; ++i)
        grant_copy((uintptr_t)elements, LINTEL_GRANT_BATCH);
    print("a copy of a page, in batches, takes %lu ns",
          (system_time() - begin) / (10 * LINTEL_GRANT_BATCH));
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    child = child_make(&wanted);
    child_call(&child, grant_pages, 0);
    const struct lintel_grant_map mapped = must_map(child.domain, 0, 0, 0);
    theirs = (uint8_t*)mapped.gpa;
    check_copies();
    check_refusals();
    check_batch();
    check_child();
    tell_cost();
    expect_equal(unmap_one(mapped.handle), 0);
    expect_equal(info_of(child.domain).grants_mapped, 0);
    child_destroy(&child);
    expect_equal(info_of_machine().domains, 1);
}
