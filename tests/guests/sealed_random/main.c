// SPDX-License-Identifier: Apache-2.0
// Random commands of two vCPUs, and then a look at what they made.
//
// Sets, exchanges, changes of runs, levels and roots: of tables in use and of donated pages, with
// values whose frame and rights are any of those that matter, and stray bits. In the end the tables
// are walked by a walk that knows the policy and nothing of the judge: no leaf gives a right that
// its frames do not allow, no entry would make the processor store, nothing but tables is walked,
// and the window is where it was. Class: XSA-148, XSA-182 (an order of changes that nobody thought
// of).
#include "paging.h"
#include "random.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"
#include "window.h"

#define COMMANDS 4000u /* of each vCPU */
#define POOL (CHILD_RAM + 64 * SMALL_PAGE)
#define POOL_PAGES 24u
#define ADDRESS 0x000ffffffffff000ull

static uint64_t kernel_page(void)
{
    static uint64_t data;
    return (uintptr_t)&data & ~0xfffull;
}

static uint64_t pick(uint64_t* random, const uint64_t* from, unsigned count)
{
    return from[random_next(random) % count];
}

static uint64_t any_page(uint64_t* random)
{
    const uint64_t some[] = {
        (uintptr_t)text_begin,
        kernel_page(),
        CHILD_RAM,
        CHILD_WINDOW,
        info->events_gpa,
        child_mailbox(),
        table_at(FREE_PT),
        table_at(HIGH_PD),
        table_at(HIGH_PDPT),
        table_at(ROOT),
        0x200000,
        0x20000000,
        info->window_root,
        random_next(random),
        0,
    };
    if (random_next(random) % 2 == 0)
        return POOL + random_next(random) % POOL_PAGES * SMALL_PAGE;
    return pick(random, some, sizeof some / sizeof some[0]) & ADDRESS;
}

static uint64_t any_value(uint64_t* random)
{
    const uint64_t rights[] = {
        TABLE_RIGHTS,
        TABLE_RIGHTS,
        DATA_RIGHTS,
        READ_RIGHTS,
        TEXT_RIGHTS,
        DATA_RIGHTS | PAGE_USER,
        0,
        USER_CODE_RIGHTS,
        DATA_RIGHTS | PAGE_LARGE,
    };
    const uint64_t value =
        any_page(random) | pick(random, rights, sizeof rights / sizeof rights[0]);
    return random_next(random) % 4 != 0 ? value : value ^ 1ull << random_next(random) % 64;
}

// Of a table in use, but for the half that keeps the child running, or of a page of the pool.
static uint64_t any_entry(uint64_t* random)
{
    const uint64_t index = random_next(random) % 6;
    switch (random_next(random) % 6) {
    case 0:
        return entry_in(FREE_PT, (unsigned)index);
    case 1:
        return entry_in(HIGH_PD, (unsigned)index);
    case 2:
        return entry_in(HIGH_PDPT, (unsigned)index);
    case 3:
        return entry_in(ROOT, LINTEL_WINDOW_SLOT - 3 + (unsigned)index);
    default:
        return POOL + random_next(random) % POOL_PAGES * SMALL_PAGE + 8 * (256 + index);
    }
}

static bool one(uint64_t* random)
{
    const uint64_t page = POOL + random_next(random) % POOL_PAGES * SMALL_PAGE;
    switch (random_next(random) % 8) {
    case 0:
        return command(page, LINTEL_SEAL_GIVE_LEVEL, random_next(random) % 3) == 0;
    case 1:
        return command(page, LINTEL_SEAL_MAKE_ROOT, 0) == 0;
    case 2:
        return pt_exchange(any_entry(random), any_value(random)).status == 0;
    case 3:
        return change_entries(any_entry(random), 1 + random_next(random) % 4,
                              ~(1ull << random_next(random) % 64),
                              any_value(random) & ~ADDRESS) == 0;
    default:
        return set_entry(any_entry(random), any_value(random)) == 0;
    }
}

static uint32_t done[2];
static struct barrier start;

static void run_all(void* argument)
{
    const unsigned vcpu = argument == NULL ? 0 : 1;
    uint64_t random = RANDOM_SEED + vcpu;
    meet(&start, 2);
    for (unsigned i = 0; i < COMMANDS; ++i)
        done[vcpu] += one(&random) ? 1 : 0;
}

// ---- the walk ----

static unsigned leaves;

static bool lies_in(uint64_t page, uint64_t begin, uint64_t bytes)
{
    return page >= begin && page < begin + bytes;
}

static bool is_allowed(uint64_t page, uint64_t entry)
{
    const bool written = (entry & PAGE_WRITABLE) != 0, user = (entry & PAGE_USER) != 0;
    const bool executed = (entry & PAGE_NO_EXECUTE) == 0;
    if (lies_in(page, (uintptr_t)text_begin, (uint64_t)(text_end - text_begin)))
        return !written && !user;
    if (lies_in(page, POOL, POOL_PAGES * SMALL_PAGE) ||
        lies_in(page, info_address() & ~(LARGE_PAGE - 1), LARGE_PAGE))
        return !user && !executed;
    if (lies_in(page, 0x200000, LARGE_PAGE) && page != child_mailbox())
        return !user && !executed;
    // Plain, or another's.
    return (lies_in(page, 0, SEALED_FRAMES * SMALL_PAGE) ||
            lies_in(page, CHILD_WINDOW, LARGE_PAGE)) &&
           (user || !executed);
}

static void check_leaf(uint64_t entry, unsigned level)
{
    const uint64_t pages = 1ull << 9 * level, first = entry & ADDRESS & ~(pages * SMALL_PAGE - 1);
    if ((entry & PAGE_WRITABLE) != 0 && (entry & PAGE_DIRTY) == 0)
        failure("entry %lx would be made dirty", entry);
    for (uint64_t page = first; page != first + pages * SMALL_PAGE; page += SMALL_PAGE)
        if (!is_allowed(page, entry))
            failure("entry %lx gives too much, of %lx", entry, page);
    ++leaves;
}

static bool is_table_page(uint64_t page)
{
    return lies_in(page, POOL, POOL_PAGES * SMALL_PAGE) ||
           lies_in(page, table_at(ROOT), TABLES * SMALL_PAGE);
}

static void walk(uint64_t table, unsigned level, unsigned from)
{
    for (unsigned i = from; i < 512; ++i) {
        const uint64_t entry = ((const volatile uint64_t*)table)[i];
        if (level == 3 && i == LINTEL_WINDOW_SLOT) {
            expect_equal(entry & ADDRESS, info->window_root);
            continue;
        }
        if ((entry & PAGE_PRESENT) == 0)
            continue;
        if ((entry & PAGE_ACCESSED) == 0)
            failure("entry %lx would be made accessed", entry);
        if (level == 0 || (level < 3 && (entry & PAGE_LARGE) != 0)) {
            check_leaf(entry, level);
            continue;
        }
        if ((entry & PAGE_USER) == 0 || !is_table_page(entry & ADDRESS))
            failure("entry %lx leads to no table", entry);
        walk(entry & ADDRESS, level - 1, 0);
    }
}

static int64_t all(uint64_t unused)
{
    (void)unused;
    must_donate(POOL, POOL_PAGES);
    vcpu_run(1, run_all, &start);
    run_all(NULL);
    vcpu_join(1);
    walk(table_at(ROOT), 3, 256);
    print("%u and %u commands were done, %u leaves found", done[0], done[1], leaves);
    expect(done[0] > COMMANDS / 20 && done[1] > COMMANDS / 20);
    expect(leaves > 10);
    return 0;
}

void test(void)
{
    struct child child = sealed_child_make(2);
    child_call(&child, all, 0);
    child_destroy(&child);
}
