// SPDX-License-Identifier: Apache-2.0
// Several vCPUs of a sealed child at its tables.
//
// One rewrites the command buffer of another while that is carried out, between what is good and
// what is not, in every word of a command; after each call the tables hold nothing that would be
// refused. Two exchange the same entry: no value gets lost. Two donate and give levels to the same
// pages: each is done once. One vCPU uses a mapping while another takes it away and flushes. Class:
// XSA-155 (double fetch), XSA-290 (changes that race with their check), XSA-343.
#include "domain.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"
#include "upcall.h"

#define GOOD (CHILD_RAM | DATA_RIGHTS)
#define ROUNDS 3000u

static volatile uint32_t stop, ready;
static struct barrier start;

// ---- a buffer that changes ----

static void rewrite(void* first)
{
    volatile struct lintel_seal_slot* const slots =
        (volatile struct lintel_seal_slot*)LINTEL_WINDOW_COMMAND; // vCPU 0's
    const uint64_t entry = entry_in(FREE_PT, 0), slot = entry_in(ROOT, LINTEL_WINDOW_SLOT);
    const uint64_t bad[] = {(uintptr_t)text_begin | DATA_RIGHTS,
                            CHILD_RAM | TEXT_RIGHTS,
                            table_at(ROOT) | DATA_RIGHTS | PAGE_USER,
                            table_at(FREE_PT) | TABLE_RIGHTS,
                            0x7000000000 | DATA_RIGHTS,
                            GOOD & ~PAGE_ACCESSED};
    (void)first;
    for (unsigned i = 0; !stop; ++i) {
        slots[0].word[0] = i % 3 == 0 ? slot : entry | LINTEL_SEAL_SET;
        slots[0].word[1] = i % 2 == 0 ? GOOD : bad[i / 2 % 6];
        slots[1].word[0] =
            i % 5 == 0 ? (slot - 8) | LINTEL_SEAL_CHANGE : entry | LINTEL_SEAL_CHANGE;
        slots[1].word[1] = i % 7 == 0 ? ~0ull - i : 2;
        slots[2].word[0] = i % 2 == 0 ? 0 : ~0ull;
        slots[2].word[1] = i % 4 < 2 ? GOOD : bad[i / 4 % 6];
    }
}

static int64_t changing_buffer(uint64_t unused)
{
    const uint64_t window = tables[ROOT][LINTEL_WINDOW_SLOT];
    unsigned done = 0;
    (void)unused;
    stop = 0;
    vcpu_run(1, rewrite, NULL);
    for (unsigned i = 0; i < ROUNDS; ++i) {
        done += pt_batch(0, 3) > 0 ? 1 : 0;
        done += pt_batch(1, 3) > 0 ? 1 : 0;
        for (unsigned at = 0; at < 2; ++at) {
            const uint64_t entry = tables[FREE_PT][at];
            // Kept bits of one value and set bits of another may meet: still nothing that is
            // refused.
            if (entry != 0 && entry != GOOD)
                expect((entry & PAGE_PRESENT) == 0 ||
                       pt_exchange(entry_in(FREE_PT, at), entry).status == 0);
        }
        expect_equal(tables[ROOT][LINTEL_WINDOW_SLOT], window);
        expect_equal(tables[ROOT][508], 0);
    }
    stop = 1;
    vcpu_join(1);
    expect(done > 100);
    must_set(entry_in(FREE_PT, 0), 0);
    must_set(entry_in(FREE_PT, 1), 0);
    return 0;
}

// ---- the same entry ----

#define NOTE(vcpu, i) ((uint64_t)(i) << 8 | (vcpu) << 1) /* of an absent page */

static uint64_t sums[2];

static void exchange_notes(void* argument)
{
    const uint64_t vcpu = argument == NULL ? 0 : 1;
    uint64_t sum = 0;
    meet(&start, 2);
    for (uint64_t i = 1; i <= ROUNDS; ++i) {
        const struct answer answer = pt_exchange(entry_in(FREE_PT, 2), NOTE(vcpu, i));
        expect_equal(answer.status, 0);
        sum += NOTE(vcpu, i) - answer.second;
    }
    sums[vcpu] = sum;
}

static int64_t same_entry(uint64_t unused)
{
    (void)unused;
    must_set(entry_in(FREE_PT, 2), 0);
    vcpu_run(1, exchange_notes, &start);
    exchange_notes(NULL);
    vcpu_join(1);
    // What was put in and has not come out is what is there.
    expect_equal(sums[0] + sums[1], tables[FREE_PT][2]);
    must_set(entry_in(FREE_PT, 2), 0);
    return 0;
}

// ---- the same pages ----

#define PAGES 64u
static uint32_t donated[2], given[2];

static void donate_all(void* argument)
{
    const unsigned vcpu = argument == NULL ? 0 : 1;
    meet(&start, 2);
    for (unsigned i = 0; i < PAGES; ++i) {
        const uint64_t page = CHILD_RAM + (100 + i) * SMALL_PAGE;
        const int64_t status = pt_donate(page, 1);
        expect(status == 1 || status == LINTEL_EBUSY);
        donated[vcpu] += status == 1 ? 1 : 0;
        const int64_t level = command(page, LINTEL_SEAL_GIVE_LEVEL, vcpu);
        expect(level == 0 || level == LINTEL_EEXIST || level == LINTEL_EFAULT);
        given[vcpu] += level == 0 ? 1 : 0;
    }
}

static int64_t same_pages(uint64_t unused)
{
    (void)unused;
    vcpu_run(1, donate_all, &start);
    donate_all(NULL);
    vcpu_join(1);
    expect_equal(donated[0] + donated[1], PAGES);
    for (unsigned i = 0; i < PAGES; ++i) {
        const int64_t level =
            command(CHILD_RAM + (100 + i) * SMALL_PAGE, LINTEL_SEAL_GIVE_LEVEL, 0);
        expect(level == 0 || level == LINTEL_EEXIST);
        given[0] += level == 0 ? 1 : 0;
    }
    expect_equal(given[0] + given[1], PAGES);
    return 0;
}

// ---- sealing ----

static void seal_too(void* unused)
{
    (void)unused;
    use_tables();
    meet(&start, 2);
    const struct answer answer = until_done(seal, table_at(ROOT), 0);
    expect(answer.status == 0 || answer.status == LINTEL_EEXIST);
    ready += answer.status == 0 ? 1 : 0;
}

static int64_t both_seal(uint64_t unused)
{
    (void)unused;
    build_tables();
    declare_frames();
    vcpu_run(1, seal_too, NULL);
    meet(&start, 2);
    const struct answer answer = until_done(seal, table_at(ROOT), 0);
    vcpu_join(1);
    expect(answer.status == 0 || answer.status == LINTEL_EEXIST);
    expect_equal(ready + (answer.status == 0 ? 1 : 0), 1);
    return 0;
}

void test(void)
{
    const struct lintel_domain_create wanted = sealable_child(2);
    struct child child = child_make(&wanted);
    child_call(&child, both_seal, 0);
    expect_equal(info_of(child.domain).page_tables, LINTEL_PAGE_TABLES_SEALED);
    child_call(&child, changing_buffer, 0);
    child_call(&child, same_entry, 0);
    child_call(&child, same_pages, 0);
    child_destroy(&child);
}
