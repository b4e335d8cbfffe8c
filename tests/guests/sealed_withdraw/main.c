// SPDX-License-Identifier: Apache-2.0
// Table pages that a sealed child takes back.
//
// Pages without a level, unused tables, roots and a whole tree become plain: written, lent, donated
// anew with another level or another frame. What an entry leads to, and a root that a vCPU uses, is busy, by the
// entry's address, and stays a table. While a withdrawal goes on no command makes an entry that
// leads there, changes the pages or begins another one. Afterwards no vCPU gets there: neither by a
// root that it loaded before without leaving the guest, nor by what it remembers of a tree. Ranges
// are wild, masters are asked for. A child is destroyed in the middle of a withdrawal, and of a
// seal. Class: XSA-328, XSA-480 (tables freed while somebody walks them), XSA-212.
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

#define TREE (CHILD_RAM + 32 * SMALL_PAGE) /* pt, pd, pdpt */
#define ROOT2 (CHILD_RAM + 40 * SMALL_PAGE)
#define PLAIN (CHILD_RAM + 50 * SMALL_PAGE)
#define OTHER (CHILD_RAM + 51 * SMALL_PAGE)
#define NEW_SLOT 300u
#define NEW_VIRTUAL 0xffff960000000000ull

static void expect_withdrawn(uint64_t page, uint64_t pages, int64_t status, uint64_t entry)
{
    const struct answer answer = until_done(pt_withdraw, page, pages);
    if (answer.status != status || (entry != 0 && answer.second != entry))
        failure("pt_withdraw of %lx gives %ld for %lx", page, answer.status, answer.second);
}

static void make_tree(void)
{
    must_donate(TREE, 3);
    for (unsigned level = 0; level < 3; ++level)
        must_give(TREE + level * SMALL_PAGE, level);
    must_set(TREE, PLAIN | DATA_RIGHTS);
    must_set(TREE + SMALL_PAGE, TREE | TABLE_RIGHTS);
    must_set(TREE + 2 * SMALL_PAGE, (TREE + SMALL_PAGE) | TABLE_RIGHTS);
}

static int64_t plain_again(uint64_t unused)
{
    (void)unused;
    must_donate(TREE, 3);
    must_give(TREE + SMALL_PAGE, 1);
    expect_withdrawn(TREE, 3, 0, 0);
    for (unsigned i = 0; i < 3; ++i)
        *words_at(TREE + i * SMALL_PAGE) = i;
    must_set(entry_in(FREE_PT, 0), TREE | DATA_RIGHTS | PAGE_USER);
    must_set(entry_in(FREE_PT, 0), 0);
    expect_equal(set_entry(TREE + SMALL_PAGE, 0), LINTEL_EFAULT);
    expect_equal(memory_release(TREE, 1), 1);
    expect_equal(memory_claim(TREE, 1), 1);
    must_donate(TREE, 2);
    must_give(TREE + SMALL_PAGE, 2); // another level
    expect_withdrawn(TREE, 2, 0, 0);
    return 0;
}

// The page is a table again, with another frame: what commands knew of the first is forgotten.
static int64_t another_frame(uint64_t unused)
{
    const uint64_t one = PLAIN | DATA_RIGHTS;
    (void)unused;
    must_donate(TREE, 1);
    must_give(TREE, 0);
    must_set(TREE + 8, one);
    expect_withdrawn(TREE, 1, 0, 0);
    expect_equal(set_entry(TREE + 8, 0), LINTEL_EFAULT);
    expect_equal(change_entries(TREE + 8, 1, 0, 0), LINTEL_EFAULT);
    expect_equal(pt_exchange(TREE + 8, 0).status, LINTEL_EFAULT);
    expect_equal(memory_release(TREE, 2), 2);
    expect_equal(memory_claim(TREE + SMALL_PAGE, 1), 1);
    expect_equal(memory_claim(TREE, 1), 1);
    must_donate(TREE, 1);
    must_give(TREE, 0);
    must_set(TREE + 8, one);
    expect_equal(words_at(TREE)[1], one);
    expect_equal(words_at(TREE + SMALL_PAGE)[1], 0);
    const struct answer answer = pt_exchange(TREE + 8, 0);
    expect_equal(answer.status, 0);
    expect_equal(answer.second, one);
    expect_withdrawn(TREE, 1, 0, 0);
    return 0;
}

static int64_t busy(uint64_t unused)
{
    (void)unused;
    make_tree();
    must_set(entry_in(ROOT, NEW_SLOT), (TREE + 2 * SMALL_PAGE) | TABLE_RIGHTS);
    expect_withdrawn(TREE, 1, LINTEL_EBUSY, TREE + SMALL_PAGE);
    expect_withdrawn(TREE + SMALL_PAGE, 1, LINTEL_EBUSY, TREE + 2 * SMALL_PAGE);
    expect_withdrawn(TREE + 2 * SMALL_PAGE, 1, LINTEL_EBUSY, entry_in(ROOT, NEW_SLOT));
    expect_withdrawn(TREE, 3, LINTEL_EBUSY, entry_in(ROOT, NEW_SLOT));
    // They are what they were.
    expect_equal(command(TREE, LINTEL_SEAL_GIVE_LEVEL, 1), LINTEL_EEXIST);
    expect_equal(pt_donate(TREE, 1), LINTEL_EBUSY);
    must_set(TREE + 8, OTHER | DATA_RIGHTS);
    *words_at(NEW_VIRTUAL + SMALL_PAGE) = 0x77;
    expect_equal(*words_at(OTHER), 0x77);
    // A second parent.
    must_set(entry_in(HIGH_PD, 44), TREE | TABLE_RIGHTS);
    must_set(TREE + SMALL_PAGE, 0);
    expect_withdrawn(TREE, 1, LINTEL_EBUSY, entry_in(HIGH_PD, 44));
    must_set(entry_in(HIGH_PD, 44), 0);
    must_set(TREE + SMALL_PAGE, TREE | TABLE_RIGHTS);
    // Entries among the pages themselves do not count.
    must_set(entry_in(ROOT, NEW_SLOT), 0);
    expect_withdrawn(TREE, 3, 0, 0);
    *words_at(TREE) = 1;
    return 0;
}

static int64_t meanwhile(uint64_t unused)
{
    (void)unused;
    make_tree();
    must_donate(ROOT2, 2);
    expect_equal(command(ROOT2, LINTEL_SEAL_MAKE_ROOT, 0), 0);
    expect(pt_withdraw(TREE, 3).status > 0);
    expect_equal(set_entry(entry_in(ROOT, NEW_SLOT), (TREE + 2 * SMALL_PAGE) | TABLE_RIGHTS),
                 LINTEL_EFAULT);
    expect_equal(set_entry(entry_in(HIGH_PD, 44), TREE | TABLE_RIGHTS), LINTEL_EFAULT);
    expect_equal(pt_exchange(entry_in(HIGH_PD, 44), TREE | TABLE_RIGHTS).status, LINTEL_EFAULT);
    expect_equal(set_entry(TREE, 0), LINTEL_EFAULT);
    expect_equal(pt_exchange(TREE, 0).status, LINTEL_EFAULT);
    expect(command(TREE, LINTEL_SEAL_GIVE_LEVEL, 0) < 0);
    expect(command(TREE, LINTEL_SEAL_MAKE_ROOT, 0) < 0);
    expect_equal(pt_donate(TREE, 1), LINTEL_EBUSY);
    expect_equal(pt_withdraw(ROOT2, 1).status, LINTEL_EAGAIN);
    expect_equal(set_entry(entry_in(FREE_PT, 5), TREE | DATA_RIGHTS | PAGE_USER), LINTEL_EPERM);
    must_set(entry_in(FREE_PT, 5), PLAIN | DATA_RIGHTS); // others go on
    must_set(entry_in(FREE_PT, 5), 0);
    expect_equal(command(ROOT2, LINTEL_SEAL_MAKE_ROOT, 0), 0);
    expect_withdrawn(TREE, 3, 0, 0);
    expect_withdrawn(ROOT2, 2, 0, 0);
    return 0;
}

static int64_t wild(uint64_t unused)
{
    static uint64_t data;
    const uint64_t bad[] = {PLAIN,
                            (uintptr_t)&data & ~0xfffull,
                            (uintptr_t)text_begin,
                            CHILD_WINDOW,
                            0,
                            0x20000000,
                            1ull << 38,
                            1ull << 52,
                            ~0xfffull,
                            SEALED_FRAMES * SMALL_PAGE};
    (void)unused;
    must_donate(TREE, 1);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        expect_withdrawn(bad[i], 1, LINTEL_EFAULT, 0);
        const int64_t many = until_done(pt_withdraw, bad[i], 512).status; // maybe with the master
        expect(many == LINTEL_EFAULT || many == LINTEL_EPERM);
        expect_equal(pt_withdraw(bad[i] + 8, 1).status, LINTEL_EINVAL);
    }
    const uint64_t counts[] = {0, 513, 1ull << 31, 1ull << 32, (1ull << 32) + 1, 1ull << 52, ~0ull};
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; ++i)
        expect_equal(pt_withdraw(TREE, counts[i]).status, LINTEL_EINVAL);
    expect_withdrawn(TREE, 2, LINTEL_EFAULT, 0); // the second is plain
    expect_withdrawn(table_at(ROOT), 1, LINTEL_EPERM, 0);
    expect_withdrawn(table_at(ROOT), 2, LINTEL_EPERM, 0);
    expect_equal(hypercall_answer(LINTEL_HC_pt_withdraw, TREE, 1, 1, 0).status, LINTEL_EINVAL);
    expect_withdrawn(TREE, 1, 0, 0);
    return 0;
}

// ---- roots ----

static void load_cr3(void* value)
{
    write_cr3((uintptr_t)value);
}

static void make_second_root(void)
{
    must_donate(ROOT2, 1);
    expect_equal(command(ROOT2, LINTEL_SEAL_MAKE_ROOT, 0), 0);
    must_set(ROOT2, tables[ROOT][0]);
}

// As plain memory it may say anything; the processor must not take it for a root.
static void forge_root(void)
{
    for (unsigned i = 0; i < 512; ++i)
        words_at(ROOT2)[i] = tables[ROOT][i];
}

static volatile uint32_t step;

static void use_root(void* unused)
{
    (void)unused;
    write_cr3(ROOT2);
    step = 1;
    wait_for(&step, 2);
    write_cr3(table_at(ROOT));
    write_cr3(ROOT2); // by now without leaving the guest
    write_cr3(table_at(ROOT));
    step = 3;
    wait_for(&step, 4);
    expect_equal(in_kernel(load_cr3, (void*)ROOT2).vector, VECTOR_GP);
}

static int64_t roots(uint64_t unused)
{
    (void)unused;
    make_second_root();
    write_cr3(ROOT2);
    expect_withdrawn(ROOT2, 1, LINTEL_EBUSY, 0);
    write_cr3(table_at(ROOT));
    write_cr3(ROOT2);
    write_cr3(table_at(ROOT));
    step = 0;
    vcpu_run(1, use_root, NULL);
    wait_for(&step, 1);
    expect_withdrawn(ROOT2, 1, LINTEL_EBUSY, 0);
    step = 2;
    wait_for(&step, 3);
    expect_withdrawn(ROOT2, 1, 0, 0);
    forge_root();
    expect_equal(in_kernel(load_cr3, (void*)ROOT2).vector, VECTOR_GP);
    expect_equal(command(ROOT2, LINTEL_SEAL_LOAD_ROOT, 0), LINTEL_EFAULT);
    step = 4;
    vcpu_join(1);
    expect_equal(vcpu_start_at(1, 0, 0, 0, ROOT2), LINTEL_EPERM);
    expect_equal(read_cr3(), table_at(ROOT));
    return 0;
}

// ---- what others remember ----

static volatile uint64_t last_seen, looks;

static void look(void* place)
{
    for (;;) {
        last_seen = *(volatile uint64_t*)place;
        ++looks;
    }
}
static void look_until_fault(void* place)
{
    const struct fault fault = in_kernel(look, place);
    expect_equal(fault.vector, VECTOR_PF);
    expect_equal(fault.address, (uintptr_t)place);
}

// It is seen for a millisecond after the walk: the emulated machine lets no vCPU stay longer without
// an exit (docs/design/limits.md), which makes it forget.
static int64_t stale_tree(uint64_t unused)
{
    (void)unused;
    for (unsigned round = 0; round < 4; ++round) {
        const unsigned vcpu = 1 + round % 2;
        *words_at(PLAIN) = 1;
        *words_at(OTHER) = 2;
        make_tree();
        must_set(entry_in(ROOT, NEW_SLOT), (TREE + 2 * SMALL_PAGE) | TABLE_RIGHTS);
        looks = 0;
        vcpu_run(vcpu, look_until_fault, (void*)NEW_VIRTUAL);
        while (looks < 1000)
            vcpu_yield();
        must_set(entry_in(ROOT, NEW_SLOT), 0); // and no flush
        expect_withdrawn(TREE, 3, 0, 0);
        *words_at(TREE) = OTHER | DATA_RIGHTS;
        *words_at(TREE + SMALL_PAGE) = TREE | TABLE_RIGHTS;
        *words_at(TREE + 2 * SMALL_PAGE) = (TREE + SMALL_PAGE) | TABLE_RIGHTS;
        vcpu_join(vcpu);
        expect_equal(last_seen, 1);
    }
    return 0;
}

// ---- two that withdraw ----

static struct barrier start;

static void withdraw_some(void* from)
{
    const uint64_t first = (uintptr_t)from;
    meet(&start, 2);
    for (unsigned i = 0; i < 16; ++i) {
        struct answer answer;
        do
            answer = pt_withdraw(first + i * SMALL_PAGE, 1);
        while (answer.status > 0 || answer.status == LINTEL_EAGAIN);
        expect_equal(answer.status, 0);
        *words_at(first + i * SMALL_PAGE) = i;
    }
}

static int64_t two(uint64_t unused)
{
    (void)unused;
    must_donate(CHILD_RAM + 100 * SMALL_PAGE, 32);
    vcpu_run(1, withdraw_some, (void*)(CHILD_RAM + 100 * SMALL_PAGE));
    withdraw_some((void*)(CHILD_RAM + 116 * SMALL_PAGE));
    vcpu_join(1);
    return 0;
}

// ---- one that is not finished ----

static int64_t leave_midway(uint64_t unused)
{
    (void)unused;
    make_tree();
    expect(pt_withdraw(TREE, 3).status > 0);
    return 0;
}

static int64_t seal_midway(uint64_t unused)
{
    (void)unused;
    build_tables();
    declare_frames();
    expect(seal(table_at(ROOT), 0).status > 0);
    expect(seal(table_at(ROOT), 0).status > 0);
    return 0;
}

void test(void)
{
    const uint64_t free = info_of_machine().free_frames;
    struct child child = sealed_child_make(3);
    const uint64_t protected = info_of(child.domain).protected_frames;
    static const child_function parts[] = {plain_again, another_frame, busy, meanwhile, wild,
                                           roots,       stale_tree,    two};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
        child_call(&child, parts[i], 0);
        expect_equal(info_of(child.domain).protected_frames, protected);
    }
    child_call(&child, leave_midway, 0);
    child_destroy(&child);
    const struct lintel_domain_create wanted = sealable_child(1);
    child = child_make(&wanted);
    child_call(&child, seal_midway, 0);
    child_destroy(&child);
    expect_equal(info_of_machine().free_frames, free);
}
