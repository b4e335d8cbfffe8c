// SPDX-License-Identifier: Apache-2.0
// Commands of a sealed child that make no sense, and tables that lead to where they must not.
//
// Counts, addresses, levels, numbers of commands and slots at every boundary and far beyond; tables
// that refer to themselves, up, across levels, to plain, donated and foreign pages and nowhere; the
// window's slot by every command, and the window's own tables; roots that are none. Each is refused
// with the error of docs/abi/sealed.md, and in the end every table is as it was. Class: XSA-148,
// XSA-182, XSA-212 (a range checked by its beginning), XSA-240 (tables that lead to themselves).
#include "domain.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "trap.h"
#include "window.h"

#define DONATED (CHILD_RAM + 32 * SMALL_PAGE)
#define ROOT2 (DONATED + SMALL_PAGE)
#define PLAIN CHILD_RAM
#define NOWHERE 0x20000000ull

static uint64_t sum_of_tables(void)
{
    uint64_t sum = 0;
    for (unsigned table = 0; table < TABLES; ++table)
        for (unsigned i = 0; i < 512; ++i)
            sum = sum * 31 + tables[table][i];
    return sum;
}

static uint64_t data(void)
{
    static uint64_t word;
    return (uintptr_t)&word & ~0xfffull;
}

static int64_t prepare(uint64_t unused)
{
    (void)unused;
    must_donate(DONATED, 2);
    expect_equal(command(ROOT2, LINTEL_SEAL_MAKE_ROOT, 0), 0);
    return 0;
}

static const uint64_t wild[] = {
    1,          2,          3,          512,         513,        0xfff,      0x1000,
    1ull << 31, 1ull << 32, 1ull << 46, 1ull << 52,  1ull << 63, 0xffffffff, 0x7fffffffffffffff,
    ~0ull,      ~0ull - 7,  ~0xfffull,  NOWHERE + 8, 0x600000,
};
#define WILD (sizeof wild / sizeof wild[0])

static int64_t addresses(uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < WILD; ++i) {
        const uint64_t at = wild[i] & ~7ull;
        expect_equal(pt_exchange(at, 0).status, LINTEL_EFAULT);
        expect_equal(set_entry(at, 0), LINTEL_EFAULT);
        expect(change_entries(at, 1, 0, 0) == LINTEL_EFAULT);
        expect(command(at, LINTEL_SEAL_GIVE_LEVEL, 0) < 0);
        expect(command(at, LINTEL_SEAL_MAKE_ROOT, 0) < 0);
        expect(command(at, LINTEL_SEAL_LOAD_ROOT, 0) < 0);
        if (wild[i] % 8 != 0)
            expect_equal(pt_exchange(wild[i], 0).status, LINTEL_EINVAL);
    }
    const uint64_t no_tables[] = {PLAIN,
                                  DONATED,
                                  data(),
                                  (uintptr_t)text_begin,
                                  CHILD_WINDOW,
                                  info_address(),
                                  info->window_root,
                                  info->commands_gpa};
    for (unsigned i = 0; i < sizeof no_tables / sizeof no_tables[0]; ++i) {
        expect_equal(pt_exchange(no_tables[i], 0).status, LINTEL_EFAULT);
        expect_equal(set_entry(no_tables[i] + 8, 0), LINTEL_EFAULT);
        expect_equal(change_entries(no_tables[i], 512, 0, 0), LINTEL_EFAULT);
        expect_equal(command(no_tables[i], LINTEL_SEAL_LOAD_ROOT, 0), LINTEL_EFAULT);
        if (no_tables[i] == DONATED)
            continue;
        expect_equal(command(no_tables[i], LINTEL_SEAL_GIVE_LEVEL, 0), LINTEL_EFAULT);
        expect_equal(command(no_tables[i], LINTEL_SEAL_MAKE_ROOT, 0), LINTEL_EFAULT);
    }
    return 0;
}

static int64_t operands(uint64_t unused)
{
    const uint64_t entry = entry_in(FREE_PT, 100);
    (void)unused;
    for (unsigned i = 0; i < WILD; ++i) {
        if (wild[i] > 412)
            expect_equal(change_entries(entry, wild[i], 0, 0), LINTEL_EINVAL);
        if (wild[i] > 2)
            expect_equal(command(DONATED, LINTEL_SEAL_GIVE_LEVEL, wild[i]), LINTEL_EINVAL);
        expect_equal(command(ROOT2, LINTEL_SEAL_LOAD_ROOT, wild[i]), LINTEL_EINVAL);
        expect_equal(command(ROOT2, LINTEL_SEAL_MAKE_ROOT, wild[i]),
                     LINTEL_EINVAL); // 1: not sealed as a pair
    }
    expect_equal(change_entries(entry, 0, 0, 0), LINTEL_EINVAL);
    expect_equal(change_entries(entry, 413, 0, 0), LINTEL_EINVAL);
    expect_equal(change_entries(entry_in(FREE_PT, 511), 2, 0, 0), LINTEL_EINVAL);
    for (unsigned operation = LINTEL_SEAL_LOAD_ROOT + 1; operation < 8; ++operation) {
        expect_equal(command(entry, operation, 0), LINTEL_EINVAL);
        expect_equal(command(ROOT2, operation, 0), LINTEL_EINVAL);
    }
    expect_equal(command(DONATED + 8, LINTEL_SEAL_GIVE_LEVEL, 0), LINTEL_EINVAL);
    expect_equal(command(ROOT2 + 8, LINTEL_SEAL_MAKE_ROOT, 0), LINTEL_EINVAL);
    expect_equal(command(ROOT2 + 8, LINTEL_SEAL_LOAD_ROOT, 0), LINTEL_EINVAL);
    return 0;
}

static int64_t slots(uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < LINTEL_SEAL_SLOTS; ++i)
        put_slot(i, entry_in(FREE_PT, 0) | LINTEL_SEAL_SET, 0);
    for (unsigned i = 0; i < WILD; ++i) {
        expect_equal(pt_batch(wild[i], wild[i]), LINTEL_EINVAL);
        expect_equal(pt_batch(wild[i], 0), LINTEL_EINVAL);
        if (wild[i] > LINTEL_SEAL_SLOTS)
            expect_equal(pt_batch(0, wild[i]), LINTEL_EINVAL);
        if (wild[i] >= LINTEL_SEAL_SLOTS)
            expect_equal(pt_batch(wild[i], wild[i] + 1), LINTEL_EINVAL);
        expect_equal(hypercall_answer(LINTEL_HC_pt_batch, 0, 1, wild[i], 0).status, LINTEL_EINVAL);
        expect_equal(
            hypercall_answer(LINTEL_HC_pt_exchange, entry_in(FREE_PT, 0), 0, wild[i], 0).status,
            LINTEL_EINVAL);
        expect_equal(hypercall_answer(LINTEL_HC_pt_donate, PLAIN, 1, wild[i], 0).status,
                     LINTEL_EINVAL);
    }
    expect_equal(pt_batch(256, 257), LINTEL_EINVAL);
    expect_equal(pt_batch(10, 9), LINTEL_EINVAL);
    // A command of two slots of which only one is there.
    put_slot(255, entry_in(FREE_PT, 0) | LINTEL_SEAL_CHANGE, 1);
    expect_equal(pt_batch(255, 256), LINTEL_EINVAL);
    put_slot(0, entry_in(FREE_PT, 0) | LINTEL_SEAL_CHANGE, 1);
    put_slot(1, 0, 0);
    expect_equal(pt_batch(0, 1), LINTEL_EINVAL);
    expect_equal(pt_batch(0, 2), 2);
    return 0;
}

static int64_t donations(uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < WILD; ++i) {
        const int64_t page = pt_donate(wild[i] & ~0xfffull, 1), at = pt_donate(wild[i], 1);
        expect(page == LINTEL_EFAULT || page == LINTEL_EBUSY);
        expect_equal(at, wild[i] % SMALL_PAGE == 0 ? page : LINTEL_EINVAL);
    }
    expect_equal(pt_donate(PLAIN, 0), LINTEL_EINVAL);
    expect_equal(pt_donate(CHILD_WINDOW, 1), LINTEL_EFAULT);
    expect_equal(pt_donate(info_address(), 1), LINTEL_EFAULT);
    expect_equal(pt_donate(DONATED, 1), LINTEL_EBUSY);
    expect_equal(pt_donate(ROOT2, 1), LINTEL_EBUSY);
    expect_equal(pt_donate(table_at(FREE_PT), 1), LINTEL_EBUSY);
    expect_equal(pt_donate(data(), 1), LINTEL_EBUSY);
    expect_equal(pt_donate((uintptr_t)text_begin, 1), LINTEL_EBUSY);
    expect_equal(pt_donate(child_mailbox(), 1), LINTEL_EBUSY); // plain, but dom0 has it
    expect(pt_donate(DONATED - SMALL_PAGE, 2) <= 1);           // the second is donated already
    return 0;
}

// What each kind of page is worth as the target of an entry in each kind of table.
static int64_t levels(uint64_t unused)
{
    const uint64_t targets[] = {table_at(FREE_PT),
                                table_at(HIGH_PD),
                                table_at(HIGH_PDPT),
                                ROOT2,
                                table_at(ROOT),
                                DONATED,
                                PLAIN,
                                data(),
                                (uintptr_t)text_begin,
                                CHILD_WINDOW,
                                info->window_root,
                                NOWHERE,
                                0,
                                1ull << 38};
    (void)unused;
    for (unsigned level = 1; level < 4; ++level)
        for (unsigned target = 0; target < sizeof targets / sizeof targets[0]; ++target) {
            static const enum table of[] = {FREE_PT, HIGH_PD, HIGH_PDPT, ROOT};
            const uint64_t entry = entry_in(of[level], 222), value = targets[target] | TABLE_RIGHTS;
            const int64_t wanted = target == level - 1 ? 0 : LINTEL_EFAULT;
            if (set_entry(entry, value) != wanted)
                failure("level %u, target %lx: not %ld", level, targets[target], wanted);
            expect_equal(pt_exchange(entry, value).status, wanted);
            must_set(entry, 0);
        }
    // A leaf's size is part of what it leads to.
    expect_equal(
        set_entry(entry_in(HIGH_PD, 222), (PLAIN + 2 * SMALL_PAGE) | DATA_RIGHTS | PAGE_LARGE),
        LINTEL_EINVAL);
    expect_equal(set_entry(entry_in(HIGH_PDPT, 222), DATA_RIGHTS | PAGE_LARGE), LINTEL_EFAULT);
    expect_equal(set_entry(entry_in(ROOT, 222), table_at(HIGH_PDPT) | TABLE_RIGHTS | PAGE_LARGE),
                 LINTEL_EINVAL);
    expect_equal(set_entry(entry_in(ROOT, 222), 0x1000), LINTEL_EINVAL); // notes of absent pages
    expect_equal(set_entry(entry_in(HIGH_PDPT, 222), 0x1000), 0);
    expect_equal(set_entry(entry_in(HIGH_PDPT, 222), 0), 0);
    for (unsigned i = 0; i < WILD; ++i) {
        const uint64_t frame = wild[i] & 0x000ffffffffff000;
        if (frame >= SEALED_FRAMES * SMALL_PAGE)
            expect(set_entry(entry_in(FREE_PT, 222), frame | DATA_RIGHTS) < 0);
    }
    return 0;
}

static int64_t window(uint64_t unused)
{
    const uint64_t now = tables[ROOT][LINTEL_WINDOW_SLOT];
    const uint64_t roots[] = {table_at(ROOT), table_at(PAIR), ROOT2};
    (void)unused;
    for (unsigned i = 0; i < 3; ++i) {
        const uint64_t slot = roots[i] + 8 * LINTEL_WINDOW_SLOT;
        expect_equal(*(volatile uint64_t*)slot, now);
        expect_equal(pt_exchange(slot, now).status, LINTEL_EPERM);
        expect_equal(pt_exchange(slot, 0).status, LINTEL_EPERM);
        expect_equal(set_entry(slot, table_at(HIGH_PDPT) | TABLE_RIGHTS), LINTEL_EPERM);
        expect_equal(change_entries(slot, 1, ~0ull, 0), LINTEL_EPERM);
        expect_equal(change_entries(roots[i], 512, ~0ull, 0), LINTEL_EPERM);
        expect_equal(change_entries(slot - 8, 2, ~0ull, 0), LINTEL_EPERM);
        expect_equal(change_entries(slot, 3, ~0ull, 0), LINTEL_EPERM);
        expect_equal(change_entries(slot - 16, 2, ~0ull, 0), 0);
        expect_equal(change_entries(slot + 8, 2, ~0ull, 0), 0);
    }
    return 0;
}

static int64_t roots(uint64_t unused)
{
    const uint64_t root = read_cr3();
    (void)unused;
    for (unsigned table = LOW_PDPT; table < TABLES; ++table) {
        expect_equal(command(table_at(table), LINTEL_SEAL_LOAD_ROOT, 0), LINTEL_EFAULT);
        expect_equal(command(table_at(table), LINTEL_SEAL_MAKE_ROOT, 0), LINTEL_EEXIST);
        expect_equal(command(table_at(table), LINTEL_SEAL_GIVE_LEVEL, 0), LINTEL_EEXIST);
    }
    expect_equal(command(ROOT2, LINTEL_SEAL_GIVE_LEVEL, 0), LINTEL_EEXIST);
    expect_equal(command(table_at(ROOT), LINTEL_SEAL_GIVE_LEVEL, 2), LINTEL_EEXIST);
    expect_equal(read_cr3(), root);
    return 0;
}

static int64_t all(uint64_t unused)
{
    static const child_function parts[] = {addresses, operands, slots, donations,
                                           levels,    window,   roots};
    prepare(0);
    const uint64_t before = sum_of_tables();
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
        parts[i](unused);
        if (sum_of_tables() != before)
            failure("tables have changed in part %u", i);
    }
    return 0;
}

void test(void)
{
    struct child child = sealed_child_make(1);
    child_call(&child, all, 0);
    child_destroy(&child);
}
