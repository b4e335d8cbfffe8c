// SPDX-License-Identifier: Apache-2.0
// Commands of a child that sealed its page tables, timed by itself: one exchange, one command in a
// batch of its own, and batches and runs as large as there are. Pages differ from entry to entry.
#include "bench.h"

#include "paging.h"
#include "result.h"
#include "sealed.h"

#define RUN 512u

static uint64_t page(unsigned index)
{
    return CHILD_RAM + index * SMALL_PAGE;
}

static uint64_t exchange(void)
{
    begin_timing();
    pt_exchange(entry_in(FREE_PT, 0), page(0) | DATA_RIGHTS);
    return end_timing();
}

static uint64_t timed_batch(unsigned slots)
{
    begin_timing();
    const int64_t done = pt_batch(0, slots);
    const uint64_t ticks = end_timing();
    if (done != slots)
        error("%ld slots done instead of %u", done, slots);
    return ticks;
}
static uint64_t batch_of_one(void)
{
    return timed_batch(1);
}
static uint64_t full_batch(void)
{
    return timed_batch(LINTEL_SEAL_SLOTS);
}
static uint64_t two_slots(void)
{
    return timed_batch(2);
}

static void put_sets(void)
{
    for (unsigned i = 0; i < LINTEL_SEAL_SLOTS; ++i)
        put_slot(i, entry_in(FREE_PT, i) | LINTEL_SEAL_SET, page(i) | DATA_RIGHTS);
}
// One after the other in different tables.
static void put_scattered_sets(void)
{
    for (unsigned i = 0; i < LINTEL_SEAL_SLOTS; ++i)
        put_slot(i, entry_in(i % 2 == 0 ? FREE_PT : RAM_PT, 256 + i / 2) | LINTEL_SEAL_SET,
                 page(256 + i / 2) | DATA_RIGHTS);
}
static void put_absent_sets(void)
{
    for (unsigned i = 0; i < LINTEL_SEAL_SLOTS; ++i)
        put_slot(i, entry_in(FREE_PT, i) | LINTEL_SEAL_SET, 0);
}

static void fill_table(void)
{
    for (unsigned i = 0; i < RUN; ++i)
        must_set(entry_in(FREE_PT, i), page(i) | DATA_RIGHTS);
}
static void put_run(unsigned count, uint64_t keep, uint64_t set)
{
    fill_table();
    put_slot(0, entry_in(FREE_PT, 0) | LINTEL_SEAL_CHANGE, count);
    put_slot(1, keep, set);
}
static void put_protection(void)
{
    put_run(RUN, ~(PAGE_WRITABLE | PAGE_DIRTY), 0);
}
static void put_short_protection(void)
{
    put_run(1, ~(PAGE_WRITABLE | PAGE_DIRTY), 0);
}
static void put_opening(void)
{
    put_run(RUN, ~0ull, PAGE_WRITABLE | PAGE_DIRTY);
}
static void put_clearing(void)
{
    put_run(RUN, 0, 0);
}

static int64_t measure_commands(uint64_t unused)
{
    static const struct operation operations[] = {
        {"pt-exchange", NULL, exchange, NULL},
        {"pt-batch-1", put_sets, batch_of_one, NULL},
        {"pt-batch-256", put_sets, full_batch, NULL},
        {"pt-batch-scattered", put_scattered_sets, full_batch, NULL},
        {"pt-batch-absent", put_absent_sets, full_batch, NULL},
        {"pt-change-1", put_short_protection, two_slots, NULL},
        {"pt-change-protect", put_protection, two_slots, NULL},
        {"pt-change-open", put_opening, two_slots, NULL},
        {"pt-change-clear", put_clearing, two_slots, NULL},
    };
    (void)unused;
    MEASURE(operations);
    return 0;
}

void measure_sealed(void)
{
    struct child child = sealed_child_make(1);
    child_call(&child, measure_commands, 0);
    child_destroy(&child);
}
