// SPDX-License-Identifier: Apache-2.0
// Check mode: a child whose stores to sealed tables and text are reported and let through.
//
// A store to an entry happens, by a single one and by a string instruction, by one that reaches
// into two tables, by two vCPUs at once, and is counted. Afterwards the page is protected again, and commands work as always. An entry
// that no command stores is found and counted: after the store itself, be it the part that lies in
// the next entry or by somebody who found the page open, and later after commands to other tables,
// until it is gone. So is a window that is none. A child that single-steps itself sees its own
// steps and no others. What is refused without a store stays refused. Class: single steps by the
// hypervisor, which a guest may see (XSA-308, XSA-444).
#include "domain.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"
#include "trap.h"
#include "window.h"

static struct barrier start;

static volatile uint64_t* entry(unsigned index)
{
    return &tables[FREE_PT][index];
}

static int64_t stores(uint64_t unused)
{
    (void)unused;
    uint64_t before = stats[0].protected_stores;
    expect_equal(info->features,
                 LINTEL_FEATURE_SEAL | LINTEL_FEATURE_SEAL_REQUIRED | LINTEL_FEATURE_SEAL_CHECK);
    for (unsigned i = 0; i < 5; ++i) {
        *entry(0) = 0x1000 * i;
        expect_equal(*entry(0), 0x1000 * i);
    }
    expect_equal(stats[0].protected_stores, before + 5);
    expect_equal(stats[0].wrong_entries, 0);
    *entry(0) = CHILD_RAM | PAGE_PRESENT; // no command stores that
    expect(stats[0].wrong_entries > 0);
    const struct answer answer = pt_exchange(entry_in(FREE_PT, 0), CHILD_RAM | DATA_RIGHTS);
    expect_equal(answer.status, 0);
    expect_equal(answer.second, CHILD_RAM | PAGE_PRESENT);
    expect_equal(*entry(0), CHILD_RAM | DATA_RIGHTS);

    before = stats[0].protected_stores;
    uint64_t to = entry_in(FREE_PT, 1), count = 4;
    asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0x5000ull) : "memory");
    expect_equal(stats[0].protected_stores, before + 4);
    for (unsigned i = 1; i < 5; ++i)
        expect_equal(pt_exchange(entry_in(FREE_PT, i), 0).second, 0x5000);
    return 0;
}

static unsigned steps;
static bool count_step(struct frame* frame)
{
    frame->rflags &= ~(steps++ < 1 ? 0ull : 0x100ull);
    return true;
}

// One before the store, one after it.
static int64_t steps_itself(uint64_t unused)
{
    (void)unused;
    on_vector(VECTOR_DB, count_step);
    steps = 0;
    asm volatile("pushfq\n orq $0x100, (%%rsp)\n popfq\n nop\n movq $0, (%0)\n nop"
                 :
                 : "r"(entry(1))
                 : "memory", "cc");
    expect_equal(steps, 2);
    return 0;
}

// A plain store of a flag register's image must not show that somebody stepped there.
static int64_t pushed_flags(uint64_t unused)
{
    uint64_t flags;
    (void)unused;
    *entry(1) = 0;
    asm volatile("pushfq\n popq %0" : "=r"(flags));
    expect_equal(flags & 0x100, 0);
    return 0;
}

// Commands to another table than the wrong entry's, until it is found; fails if it is not.
static void expect_found_in_turn(void)
{
    const uint64_t before = stats[0].wrong_entries;
    for (unsigned i = 0; stats[0].wrong_entries == before; ++i) {
        if (i == 10 * TABLES)
            failure("%u commands, and nothing was found", i);
        pt_exchange(entry_in(IMAGE_PT, 0), tables[IMAGE_PT][0]);
    }
}

static void expect_nothing_found(void)
{
    const uint64_t before = stats[0].wrong_entries;
    for (unsigned i = 0; i < 10 * TABLES; ++i)
        must_set(entry_in(FREE_PT, 100), 0);
    expect_equal(stats[0].wrong_entries, before);
}

// One store into two entries: the exit names the first only.
static int64_t hidden_part(uint64_t unused)
{
    (void)unused;
    must_set(entry_in(FREE_PT, 20), 0);
    must_set(entry_in(FREE_PT, 21), 0);
    expect_nothing_found();
    const uint64_t before = stats[0].wrong_entries;
    const uint64_t value = (CHILD_RAM | PAGE_PRESENT) << 32; // present and not accessed
    asm volatile("movq %0, 4(%1)" : : "r"(value), "r"(entry(20)) : "memory");
    expect_equal(*entry(20), 0);
    expect_equal(*entry(21), CHILD_RAM | PAGE_PRESENT);
    expect(stats[0].wrong_entries > before);
    expect_found_in_turn();
    must_set(entry_in(FREE_PT, 21), 0);
    expect_nothing_found();
    return 0;
}

static void expect_protected(enum table table, unsigned index)
{
    const uint64_t before = stats[0].protected_stores;
    *(volatile uint64_t*)entry_in(table, index) = 0;
    expect_equal(stats[0].protected_stores, before + 1);
}

// One store into two pages. It has to have both open at once, else it takes turns with them forever.
static int64_t two_pages(uint64_t unused)
{
    (void)unused;
    must_set(entry_in(FREE_PT, 0), 0);
    const uint64_t stores = stats[0].protected_stores, wrong = stats[0].wrong_entries;
    asm volatile("movq %0, 4(%1)"
                 :
                 : "r"(0x1234000000005678ull), "r"(entry_in(HIGH_PD, 511))
                 : "memory");
    expect_equal(stats[0].protected_stores, stores + 2);
    expect_equal(stats[0].wrong_entries, wrong);
    expect_equal(tables[HIGH_PD][511], 0x5678ull << 32);
    expect_equal(*entry(0), 0x12340000);
    expect_protected(HIGH_PD, 511);
    expect_protected(FREE_PT, 0);

    const uint64_t value = PAGE_PRESENT << 32; // present and not accessed, in the second page
    asm volatile("movq %0, 4(%1)" : : "r"(value), "r"(entry_in(HIGH_PD, 511)) : "memory");
    expect(stats[0].wrong_entries > wrong);
    must_set(entry_in(FREE_PT, 0), 0);
    expect_nothing_found();
    return 0;
}

// Those of two vCPUs meet: either may find a page protected again that it had open.
static void store_across(void* unused)
{
    (void)unused;
    meet(&start, 2);
    for (unsigned i = 0; i < 300; ++i)
        asm volatile("movq %0, 4(%1)" : : "r"(0ull), "r"(entry_in(HIGH_PD, 511)) : "memory");
}

static int64_t two_pages_of_both(uint64_t unused)
{
    (void)unused;
    vcpu_run(1, store_across, 0);
    store_across(0);
    vcpu_join(1);
    expect_protected(HIGH_PD, 511);
    expect_protected(FREE_PT, 0);
    expect_nothing_found();
    return 0;
}

static int64_t window_gone(uint64_t unused)
{
    (void)unused;
    const uint64_t window = tables[PAIR][LINTEL_WINDOW_SLOT], before = stats[0].wrong_entries;
    *(volatile uint64_t*)entry_in(PAIR, LINTEL_WINDOW_SLOT) = 0; // the root is not in use
    expect(stats[0].wrong_entries > before);
    expect_found_in_turn();
    *(volatile uint64_t*)entry_in(PAIR, LINTEL_WINDOW_SLOT) = window;
    expect_nothing_found();
    return 0;
}

static void store_many(void* at)
{
    volatile uint64_t* const place = at;
    meet(&start, 2);
    for (uint64_t i = 1; i <= 200; ++i) {
        *place = i << 12;
        expect_equal(*place, i << 12);
        expect_equal(pt_exchange((uintptr_t)place, 0).second, i << 12);
    }
}

static int64_t both(uint64_t unused)
{
    (void)unused;
    const uint64_t before = stats[0].protected_stores + stats[1].protected_stores;
    vcpu_run(1, store_many, (void*)entry(10)); // entries of one table
    store_many((void*)entry(11));
    vcpu_join(1);
    const uint64_t more = stats[0].protected_stores + stats[1].protected_stores - before;
    expect(more > 0 && more <= 400); // one may find the page open for the other
    return 0;
}

static void store_openly(void* at)
{
    volatile uint64_t* const place = at;
    meet(&start, 2);
    for (unsigned i = 0; i < 300; ++i)
        *place = i << 12;
}

static void store_wrong(void* at)
{
    volatile uint64_t* const place = at;
    meet(&start, 2);
    for (unsigned i = 0; i < 300; ++i)
        *place = CHILD_RAM | PAGE_PRESENT;
}

// What one leaves there that may have found the page open for the other.
static int64_t behind_another(uint64_t unused)
{
    (void)unused;
    vcpu_run(1, store_wrong, (void*)entry(31));
    store_openly((void*)entry(30));
    vcpu_join(1);
    expect_equal(*entry(31), CHILD_RAM | PAGE_PRESENT);
    expect_found_in_turn();
    must_set(entry_in(FREE_PT, 31), 0);
    expect_nothing_found();
    return 0;
}

static void load_cr3(void* value)
{
    write_cr3((uintptr_t)value);
}

static int64_t refusals(uint64_t unused)
{
    (void)unused;
    expect_equal(set_entry(entry_in(FREE_PT, 3), (uintptr_t)text_begin | DATA_RIGHTS),
                 LINTEL_EPERM);
    expect_equal(in_kernel(load_cr3, (void*)CHILD_RAM).vector, VECTOR_GP);
    must_donate(CHILD_RAM + SMALL_PAGE, 1);
    *(volatile uint64_t*)(CHILD_RAM + SMALL_PAGE) = 7; // let through as well
    must_give(CHILD_RAM + SMALL_PAGE, 0);
    expect_equal(*(volatile uint64_t*)(CHILD_RAM + SMALL_PAGE), 0);
    return 0;
}

void test(void)
{
    struct lintel_domain_create wanted = sealable_child(2);
    wanted.flags |= LINTEL_DOMAIN_SEAL_CHECK;
    struct child child = child_make(&wanted);
    expect_equal(child_call(&child, seal_itself, 0), 0);
    static const child_function parts[] = {stores,      steps_itself, pushed_flags,   hidden_part,
                                           two_pages,   two_pages_of_both, window_gone, both,
                                           behind_another, refusals};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; ++i)
        child_call(&child, parts[i], 0);
    child_destroy(&child);
}
