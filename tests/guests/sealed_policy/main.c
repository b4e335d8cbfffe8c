// SPDX-License-Identifier: Apache-2.0
// Rights that a sealed child must not be able to give itself, and those that it may.
//
// Text writable, what is not text executable by the supervisor, what is the supervisor's within a
// process's reach: by pt_exchange, by a set and by a change of what is there, as pages of 4 KiB, 2
// MiB and 1 GiB, of text, kernel data, tables, donated pages, the shared pages and the foreign
// window. Each is refused and changes nothing. A change of many entries of which one is bad changes
// none. Processes get plain pages with every right, and the supervisor does not execute there.
// Class: XSA-148 and XSA-182 (a right that one entry's check forgets).
#include "domain.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "selectors.h"
#include "trap.h"
#include "window.h"

#define DONATED (CHILD_RAM + 32 * SMALL_PAGE)
#define PLAIN (CHILD_RAM + 3 * SMALL_PAGE)

static const uint64_t rights[] = {
    READ_RIGHTS,
    DATA_RIGHTS,
    TEXT_RIGHTS,
    TEXT_RIGHTS | PAGE_WRITABLE | PAGE_DIRTY,
    READ_RIGHTS | PAGE_USER,
    DATA_RIGHTS | PAGE_USER,
    TEXT_RIGHTS | PAGE_USER,
    TEXT_RIGHTS | PAGE_WRITABLE | PAGE_DIRTY | PAGE_USER,
};
#define RIGHTS (sizeof rights / sizeof rights[0])

// Sets of the above, a bit for each.
#define NO_TEXT 0x03
#define ALL_TEXT 0x05
#define ANYBODY 0xf3

static void expect_right(unsigned i, uint64_t physical, bool allowed)
{
    const uint64_t entry = entry_in(FREE_PT, 17), value = physical | rights[i];
    const int64_t wanted = allowed ? 0 : LINTEL_EPERM;
    if (pt_exchange(entry, value).status != wanted || tables[FREE_PT][17] != (allowed ? value : 0))
        failure("pt_exchange to %lx leaves %lx", value, tables[FREE_PT][17]);
    expect_equal(pt_exchange(entry, 0).status, 0);
    if (set_entry(entry, value) != wanted || tables[FREE_PT][17] != (allowed ? value : 0))
        failure("a set to %lx leaves %lx", value, tables[FREE_PT][17]);
    // In steps: the frame with the least rights, then those.
    must_set(entry, physical | READ_RIGHTS);
    if (change_entries(entry, 1, PAGE_PRESENT | 0x000ffffffffff000, rights[i]) != wanted ||
        tables[FREE_PT][17] != (allowed ? value : physical | READ_RIGHTS))
        failure("a change to %lx leaves %lx", value, tables[FREE_PT][17]);
    must_set(entry, 0);
}

static void expect_rights(uint64_t physical, unsigned allowed)
{
    for (unsigned i = 0; i < RIGHTS; ++i)
        expect_right(i, physical, (allowed >> i & 1) != 0);
}

static int64_t small_pages(uint64_t unused)
{
    static uint64_t data;
    (void)unused;
    must_donate(DONATED, 2);
    must_give(DONATED, 1);
    expect_rights((uintptr_t)text_begin, ALL_TEXT);
    expect_rights((uintptr_t)text_end - SMALL_PAGE, ALL_TEXT);
    expect_rights((uintptr_t)&data & ~0xfffull, NO_TEXT);
    expect_rights(DONATED, NO_TEXT);
    expect_rights(DONATED + SMALL_PAGE, NO_TEXT);
    for (unsigned table = 0; table < TABLES; ++table)
        expect_rights(table_at(table), NO_TEXT);
    expect_rights(PLAIN, ANYBODY);
    expect_rights(child_mailbox(), ANYBODY);
    expect_rights(CHILD_WINDOW, ANYBODY);
    expect_rights(info_address(), NO_TEXT);
    expect_rights(info->events_gpa, NO_TEXT);
    expect_rights(info->commands_gpa, NO_TEXT);
    expect_rights(info->window_root, NO_TEXT);
    return 0;
}

static void expect_large(enum table table, uint64_t physical, unsigned allowed)
{
    for (unsigned i = 0; i < RIGHTS; ++i) {
        const uint64_t value = physical | rights[i] | PAGE_LARGE;
        expect_equal(set_entry(entry_in(table, 99), value),
                     (allowed >> i & 1) != 0 ? 0 : LINTEL_EPERM);
        expect_equal(tables[table][99], (allowed >> i & 1) != 0 ? value : 0);
        must_set(entry_in(table, 99), 0);
    }
}

static int64_t large_pages(uint64_t unused)
{
    (void)unused;
    expect_large(HIGH_PD, 0x200000, 0x01);     // text, data and tables: only to be read
    expect_large(HIGH_PD, CHILD_RAM, NO_TEXT); // donated pages in it
    expect_large(HIGH_PD, CHILD_WINDOW, ANYBODY);
    expect_large(HIGH_PD, info_address() & ~(LARGE_PAGE - 1), NO_TEXT);
    return 0;
}

// 100 entries, of which the last cannot have what the others can.
static int64_t in_the_middle(uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < 100; ++i)
        must_set(entry_in(FREE_PT, i), (i == 99 ? (uintptr_t)text_begin : PLAIN) | READ_RIGHTS);
    expect_equal(change_entries(entry_in(FREE_PT, 0), 100, ~0ull, PAGE_WRITABLE | PAGE_DIRTY),
                 LINTEL_EPERM);
    expect_equal(change_entries(entry_in(FREE_PT, 0), 100, ~0ull, PAGE_USER), LINTEL_EPERM);
    expect_equal(change_entries(entry_in(FREE_PT, 0), 100, ~PAGE_NO_EXECUTE, 0), LINTEL_EPERM);
    expect_equal(change_entries(entry_in(FREE_PT, 0), 100, ~PAGE_ACCESSED, 0), LINTEL_EINVAL);
    expect_equal(change_entries(entry_in(FREE_PT, 0), 99, ~0ull, PAGE_WRITABLE), LINTEL_EINVAL);
    for (unsigned i = 0; i < 100; ++i)
        expect_equal(tables[FREE_PT][i], (i == 99 ? (uintptr_t)text_begin : PLAIN) | READ_RIGHTS);
    expect_equal(change_entries(entry_in(FREE_PT, 0), 100, 0, 0), 0);
    return 0;
}

static void call(void* code)
{
    ((void (*)(void))code)();
}
static void load(void* place)
{
    (void)*(volatile uint64_t*)place;
}

// A process executes its page; the supervisor neither does nor looks at it, as SMEP and SMAP stay.
static int64_t processes(uint64_t unused)
{
    (void)unused;
    uint8_t* const code = (uint8_t*)PLAIN;
    code[0] = 0xcd; // int EXCURSION_END
    code[1] = EXCURSION_END;
    code[2] = 0xc3; // ret
    void* const place = (void*)map_free(20, PLAIN, USER_CODE_RIGHTS);
    expect_equal(through_iret((uintptr_t)place, USER_CODE, 2, 0, USER_DATA).vector, NO_FAULT);
    struct fault fault = in_kernel(call, place);
    expect_equal(fault.vector, VECTOR_PF);
    expect_equal(fault.error, 0x11);
    fault = in_kernel(load, place);
    expect_equal(fault.vector, VECTOR_PF);
    expect_equal(fault.error, 1);
    fault = in_kernel(call, (void*)code); // by the supervisor's own mapping
    expect_equal(fault.vector, VECTOR_PF);
    expect_equal(fault.error, 0x11);
    must_set(entry_in(FREE_PT, 20), 0);
    return 0;
}

void test(void)
{
    struct child child = sealed_child_make(1);
    child_call(&child, small_pages, 0);
    child_call(&child, large_pages, 0);
    child_call(&child, in_the_middle, 0);
    child_call(&child, processes, 0);
    child_destroy(&child);
}
