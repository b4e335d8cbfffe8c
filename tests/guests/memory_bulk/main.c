// SPDX-License-Identifier: Apache-2.0
// Most of a domain's memory given back and taken again.
//
// 128 MiB go, in calls of as much as one call does, and come back; three times, so that a frame or
// a table lost in each round would be missed. A large page goes in one call. Then every second page
// of 16 MiB goes, which takes a table for each large page, and comes back. Class: frames lost at
// the edges (XSA-385: counting against the limit); work without bound in one call (XSA-45).
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "start_info.h"
#include "upcall.h"

#define BULK (128ull << 20)
#define SCATTERED (16ull << 20)

static void all(const char* what, int64_t (*call)(uint64_t, uint64_t), uint64_t at, uint64_t bytes)
{
    const uint64_t longest = 100000000; // ns; one call is far below
    uint64_t left = bytes / SMALL_PAGE;
    while (left != 0) {
        const uint64_t begin = system_time();
        const int64_t result = call(at, left);
        if (result < 1 || (uint64_t)result > left)
            failure("%s of %lu frames at %lx: %ld", what, left, at, result);
        if (system_time() - begin > longest)
            failure("%s of %ld frames took %lu ns", what, result, system_time() - begin);
        left -= (uint64_t)result;
        at += (uint64_t)result * SMALL_PAGE;
    }
}

void test(void)
{
    const uint64_t area = spare_ram(BULK);
    expect_equal(memory_release(area, 512), 512); // cheapest in one piece
    expect_equal(memory_claim(area, 512), 512);
    for (unsigned round = 0; round < 3; ++round) {
        all("release", memory_release, area, BULK);
        all("claim", memory_claim, area, BULK);
        for (uint64_t at = area; at < area + BULK; at += LARGE_PAGE) {
            expect_equal(*(volatile uint64_t*)at, 0);
            *(volatile uint64_t*)at = at;
        }
    }
    for (uint64_t at = area; at < area + SCATTERED; at += 2 * SMALL_PAGE)
        expect_equal(memory_release(at, 1), 1);
    for (uint64_t at = area; at < area + SCATTERED; at += LARGE_PAGE)
        *(volatile uint64_t*)(at + SMALL_PAGE) = at;
    for (uint64_t at = area; at < area + SCATTERED; at += 2 * SMALL_PAGE)
        expect_equal(memory_claim(at, 1), 1);
    for (uint64_t at = area; at < area + SCATTERED; at += LARGE_PAGE) {
        expect_equal(*(volatile uint64_t*)at, 0);
        expect_equal(*(volatile uint64_t*)(at + SMALL_PAGE), at);
    }
}
