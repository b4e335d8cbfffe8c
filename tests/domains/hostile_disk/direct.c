// SPDX-License-Identifier: Apache-2.0
// Grants that change while what they gave is in use: the device of dom0 reads and writes the pages
// themselves. The rule of docs/abi/grants.md that counts: when grant_revoke says 0, nobody uses the
// page any more, whatever the backend says of the request.
#include <lintel/status.h>

#include "attacks.h"
#include "grant.h"
#include "paging.h"
#include "result.h"
#include "sleep.h"
#include "upcall.h"

#define PAGES LINTEL_BLOCK_INLINE_PAGES
#define FIRST 64u /* of the references */
#define ROUNDS 24u
#define WORDS (SMALL_PAGE / 8)

static uint64_t data[2][PAGES][WORDS] __attribute__((aligned(4096)));

struct counts {
    unsigned done, refused, busy;
};

static void fill(volatile uint64_t* words, uint64_t value)
{
    for (unsigned i = 0; i < WORDS; ++i)
        words[i] = value;
}

static bool is_all(const volatile uint64_t* words, uint64_t value)
{
    for (unsigned i = 0; i < WORDS; ++i)
        if (words[i] != value)
            return false;
    return true;
}

static void grant_all(unsigned set, bool writable)
{
    for (unsigned i = 0; i < PAGES; ++i)
        grant(FIRST + i, (uintptr_t)data[set][i], 0, writable);
}

// When the backend maps the pages depends on who has which processor, and whose turn it is there; so
// that moment is hunted: a round that came before it makes the next wait longer, any other a bit
// shorter.
static uint64_t until_mapped = MILLISECOND / 2;

static void hunt(bool too_early)
{
    if (!too_early)
        until_mapped -= until_mapped / 4;
    else if (until_mapped < 100 * MILLISECOND)
        until_mapped *= 2;
}

static struct lintel_block_request direct(uint8_t operation, unsigned round)
{
    struct lintel_block_request request = {.operation = operation,
                                           .flags = LINTEL_BLOCK_DIRECT,
                                           .id = round,
                                           .offset = round * PAGES * SMALL_PAGE,
                                           .bytes = PAGES * SMALL_PAGE,
                                           .pages = PAGES};
    for (unsigned i = 0; i < PAGES; ++i)
        request.page[i] = FIRST + i;
    return request;
}

static void count(struct counts* counts, uint32_t status)
{
    counts->done += status == LINTEL_BLOCK_DONE;
    counts->refused += status == LINTEL_BLOCK_BAD_GRANT;
    if (status != LINTEL_BLOCK_DONE && status != LINTEL_BLOCK_BAD_GRANT)
        failure("status %u", status);
}

// Waits for the answer, if there is to be one, and until all pages are out of use. Each is filled
// with `mark` as soon as the hypervisor says that it is.
static void await_end(struct front* disk, bool answered, uint64_t mark, struct counts* counts)
{
    const uint64_t end = system_time() + FRONT_PATIENCE;
    struct lintel_block_completion answer;
    unsigned out = 0; // bits of pages
    for (unsigned i = 0; i < PAGES; ++i)
        grant_clear(FIRST + i);
    while (!answered || out != (1u << PAGES) - 1) {
        for (unsigned i = 0; i < PAGES; ++i) {
            const int64_t result = (out >> i & 1) != 0 ? 1 : grant_revoke(FIRST + i);
            if (result == 0) {
                out |= 1u << i;
                fill(data[0][i], mark);
            } else if (result < 0) {
                expect_equal(result, LINTEL_EBUSY);
                ++counts->busy;
            }
        }
        if (!answered && front_take(disk, &answer)) {
            answered = true;
            count(counts, answer.status);
        }
        if (system_time() > end)
            failure("%s, pages out of use: %x", answered ? "answered" : "no answer", out);
        (void)lintel_ring_await_items(&disk->answers, 1);
        sleep_for(MILLISECOND / 4);
    }
    sleep_for(20 * MILLISECOND);
    for (unsigned i = 0; i < PAGES; ++i)
        expect(is_all(data[0][i], mark)); // nobody wrote there afterwards
}

// Each page of the disk has what was in one of the two pages that its reference has named.
static void write_in_flight(struct front* disk, unsigned round, struct counts* counts)
{
    const uint64_t old = random_word(), new = random_word();
    const unsigned done = counts->done;
    struct lintel_block_request request = direct(LINTEL_BLOCK_WRITE, round);
    for (unsigned i = 0; i < PAGES; ++i) {
        fill(data[0][i], old);
        fill(data[1][i], new);
    }
    grant_all(0, false);
    expect(front_put(disk, &request));
    if (round % 2 != 0)
        sleep_for(until_mapped);
    grant_all(1, false);
    if (round % 4 < 2)
        sleep_for(MILLISECOND);
    await_end(disk, false, old, counts);
    if (round % 2 != 0)
        hunt(counts->done == done);
    if (counts->done == done)
        return;
    request = reading;
    request.offset = round * PAGES * SMALL_PAGE;
    request.bytes = PAGES * SMALL_PAGE;
    expect_equal(front_do(disk, request), LINTEL_BLOCK_DONE);
    for (unsigned i = 0; i < PAGES; ++i)
        expect(is_all(disk->pool + i * WORDS, old) || is_all(disk->pool + i * WORDS, new));
}

static void read_in_flight(struct front* disk, unsigned round, struct counts* counts)
{
    const struct lintel_block_request request = direct(LINTEL_BLOCK_READ, round);
    const unsigned done = counts->done;
    grant_all(0, true);
    expect(front_put(disk, &request));
    if (round % 2 != 0)
        sleep_for(until_mapped);
    await_end(disk, false, random_word(), counts);
    if (round % 2 != 0)
        hunt(counts->done == done);
}

static void leave_reading(struct front* disk, unsigned round, struct counts* counts)
{
    const struct lintel_block_request request = direct(LINTEL_BLOCK_READ, round);
    const unsigned busy = counts->busy;
    front_connect_with(disk, LINTEL_BLOCK_FEATURE_DIRECT);
    grant_all(0, true);
    expect(front_put(disk, &request));
    sleep_for(until_mapped);
    __atomic_store_n(&disk->page->frontend_state, LINTEL_STATE_ABSENT, __ATOMIC_SEQ_CST);
    front_tell(disk);
    await_end(disk, true, random_word(), counts);
    hunt(counts->busy == busy);
    front_leave(disk);
}

void change_grants(struct front* disk)
{
    struct counts writes = {0}, reads = {0}, left = {0};
    front_connect_with(disk, LINTEL_BLOCK_FEATURE_DIRECT);
    front_map_pool(disk);
    for (unsigned round = 0; round < ROUNDS; ++round)
        write_in_flight(disk, round, &writes);
    for (unsigned round = 0; round < ROUNDS; ++round)
        read_in_flight(disk, round, &reads);
    front_unmap_pool(disk);
    check_works(disk);
    front_leave(disk);
    for (unsigned round = 0; round < ROUNDS / 3; ++round)
        leave_reading(disk, round, &left);
    expect(writes.done > 0 && reads.done > 0);
    expect(writes.busy > 0 && reads.busy > 0 && left.busy > 0); // some were in use when asked
    print("granted again: %u writes and %u reads done, %u and %u refused, %u, %u and %u times busy",
          writes.done, reads.done, writes.refused, reads.refused, writes.busy, reads.busy,
          left.busy);
}
