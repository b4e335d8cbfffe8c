// SPDX-License-Identifier: Apache-2.0
// Memory that comes back is empty.
//
// Pages full of a pattern are released and claimed, whole large pages, single pages, and pages at
// both sides of a 2 MiB boundary: every byte must be zero, and the neighbours that were not
// released must have kept theirs. Then the same again, thirty times. Class: frames that change
// hands with their content (XSA-214, XSA-217).
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "start_info.h"

#define FRAMES 1024u /* two large pages */

static uint64_t area;

static uint64_t* frame(uint64_t index)
{
    return (uint64_t*)(area + index * SMALL_PAGE);
}

static void fill(uint64_t salt)
{
    for (uint64_t i = 0; i < FRAMES; ++i)
        for (unsigned word = 0; word < 512; word += 7)
            frame(i)[word] = salt + i * 512 + word;
}

static uint64_t all(int64_t (*call)(uint64_t, uint64_t), uint64_t first, uint64_t count)
{
    uint64_t done = 0;
    while (done < count) {
        const int64_t result = call(area + (first + done) * SMALL_PAGE, count - done);
        if (result < 1 || (uint64_t)result > count - done)
            failure("%lu frames from %lu on: result %ld", count - done, first + done, result);
        done += (uint64_t)result;
    }
    return done;
}

static void check(uint64_t first, uint64_t count, uint64_t salt)
{
    fill(salt);
    all(memory_release, first, count);
    all(memory_claim, first, count);
    unsigned complaints = 0;
    for (uint64_t i = 0; i < FRAMES; ++i) {
        const bool fresh = i >= first && i < first + count;
        for (unsigned word = 0; word < 512; word += fresh ? 1 : 7) {
            const uint64_t wanted = fresh ? 0 : salt + i * 512 + word;
            if (frame(i)[word] != wanted && ++complaints < 10)
                print("frame %lu of %lu from %lu on: word %u is %lx", i, count, first, word,
                      frame(i)[word]);
        }
    }
    expect_equal(complaints, 0);
}

void test(void)
{
    static const struct {
        uint16_t first, count;
    } ranges[] = {{0, 512}, {0, 1024}, {0, 1},    {511, 1},   {511, 2},  {1, 1022},
                  {300, 4}, {512, 1},  {1023, 1}, {100, 500}, {256, 512}};
    area = spare_ram(FRAMES * SMALL_PAGE);
    for (uint64_t round = 0; round < 3; ++round)
        for (unsigned i = 0; i < sizeof ranges / sizeof ranges[0]; ++i)
            check(ranges[i].first, ranges[i].count, (round * 100 + i) << 32 | 0xabcd0000);
}
