// SPDX-License-Identifier: Apache-2.0
// Seals that are refused, for every kind of bad table.
//
// A child spoils one entry after the other, and its processor's state, and what frames are; each
// time the seal is refused with the error of docs/abi/sealed.md and the address of what is wrong,
// and the child goes on as it was: it writes its tables itself, and mends the entry. In the end it
// seals. Others are refused all calls. Class: a check that one kind of entry gets around (XSA-182,
// XSA-212).
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "window.h"

#define NOWHERE 0x20000000ull /* of the child's space */

static void expect_refused(int64_t error, uint64_t culprit, uint64_t kind)
{
    const struct answer answer = until_done(seal, table_at(ROOT), 0);
    if (answer.status != error || answer.second != culprit)
        failure("spoilt as %lu: seal gives %ld for %lx, not %ld for %lx", kind, answer.status,
                answer.second, error, culprit);
    expect_equal(pt_exchange(entry_in(FREE_PT, 0), 0).status, LINTEL_ENOENT);
}

static uint64_t data(void)
{
    static uint64_t word;
    return (uintptr_t)&word & ~(SMALL_PAGE - 1);
}
static uint64_t text(void)
{
    return (uintptr_t)text_begin;
}

static int64_t bad_entries(uint64_t unused)
{
    const struct {
        enum table table;
        uint64_t value;
        int64_t error;
    } kinds[] = {
        // Malformed.
        {FREE_PT, CHILD_RAM | (DATA_RIGHTS & ~PAGE_ACCESSED), LINTEL_EINVAL},
        {FREE_PT, CHILD_RAM | (DATA_RIGHTS & ~PAGE_DIRTY), LINTEL_EINVAL},
        {FREE_PT, CHILD_RAM | DATA_RIGHTS | 1ull << 51, LINTEL_EINVAL},
        {HIGH_PD, table_at(FREE_PT) | (TABLE_RIGHTS & ~PAGE_ACCESSED), LINTEL_EINVAL},
        {HIGH_PD, table_at(FREE_PT) | (TABLE_RIGHTS & ~PAGE_USER), LINTEL_EINVAL},
        {HIGH_PD, (CHILD_RAM + SMALL_PAGE * 2) | DATA_RIGHTS | PAGE_LARGE, LINTEL_EINVAL},
        {HIGH_PDPT, CHILD_RAM | DATA_RIGHTS | PAGE_LARGE, LINTEL_EINVAL},
        {ROOT, table_at(HIGH_PDPT) | TABLE_RIGHTS | PAGE_LARGE, LINTEL_EINVAL},
        {ROOT, 0x1000, LINTEL_EINVAL}, // a note, where none may be
        // Astray.
        {FREE_PT, NOWHERE | DATA_RIGHTS, LINTEL_EFAULT},
        {FREE_PT, 0x7000000000 | DATA_RIGHTS, LINTEL_EFAULT},
        {HIGH_PD, NOWHERE | DATA_RIGHTS | PAGE_LARGE, LINTEL_EFAULT},
        {HIGH_PDPT, DATA_RIGHTS | PAGE_LARGE, LINTEL_EFAULT}, // RAM, and what follows it
        {ROOT, CHILD_RAM | TABLE_RIGHTS, LINTEL_EFAULT},
        {ROOT, table_at(HIGH_PD) | TABLE_RIGHTS, LINTEL_EFAULT},
        {ROOT, table_at(ROOT) | TABLE_RIGHTS, LINTEL_EFAULT},
        {HIGH_PDPT, table_at(FREE_PT) | TABLE_RIGHTS, LINTEL_EFAULT},
        {HIGH_PDPT, table_at(HIGH_PDPT) | TABLE_RIGHTS, LINTEL_EFAULT},
        {HIGH_PD, table_at(ROOT) | TABLE_RIGHTS, LINTEL_EFAULT},
        {HIGH_PD, data() | TABLE_RIGHTS, LINTEL_EFAULT},
        {HIGH_PD, NOWHERE | TABLE_RIGHTS, LINTEL_EFAULT},
        // Against the policy.
        {FREE_PT, text() | DATA_RIGHTS, LINTEL_EPERM},
        {FREE_PT, text() | TEXT_RIGHTS | PAGE_USER, LINTEL_EPERM},
        {FREE_PT, data() | TEXT_RIGHTS, LINTEL_EPERM},
        {FREE_PT, data() | DATA_RIGHTS | PAGE_USER, LINTEL_EPERM},
        {FREE_PT, CHILD_RAM | TEXT_RIGHTS, LINTEL_EPERM},
        {FREE_PT, table_at(FREE_PT) | READ_RIGHTS | PAGE_USER, LINTEL_EPERM},
        {FREE_PT, table_at(FREE_PT) | TEXT_RIGHTS, LINTEL_EPERM},
        {HIGH_PD, 0x200000 | DATA_RIGHTS | PAGE_LARGE, LINTEL_EPERM}, // the image, text in it
        {HIGH_PD, 0x200000 | TEXT_RIGHTS | PAGE_LARGE, LINTEL_EPERM},
        {HIGH_PD, CHILD_RAM | TEXT_RIGHTS | PAGE_LARGE, LINTEL_EPERM},
        {FREE_PT, CHILD_WINDOW | TEXT_RIGHTS, LINTEL_EPERM},
        {FREE_PT, info->time_gpa | READ_RIGHTS | PAGE_USER, LINTEL_EPERM},
        {FREE_PT, info->events_gpa | TEXT_RIGHTS, LINTEL_EPERM},
    };
    (void)unused;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
        build_tables();
        declare_frames();
        tables[kinds[i].table][300] = kinds[i].value;
        expect_refused(kinds[i].error, entry_in(kinds[i].table, 300), i);
        tables[kinds[i].table][300] = 0; // which is its own to write
        tables[FREE_PT][1] = CHILD_RAM | DATA_RIGHTS;
        invlpg((void*)(FREE_VIRTUAL + SMALL_PAGE));
        *(volatile uint64_t*)(FREE_VIRTUAL + SMALL_PAGE) = i;
        expect_equal(*(volatile uint64_t*)CHILD_RAM, i);
    }
    return 0;
}

static int64_t bad_windows(uint64_t unused)
{
    const uint64_t good = info->window_root | PAGE_PRESENT | PAGE_WRITABLE | PAGE_ACCESSED;
    const uint64_t bad[] = {table_at(HIGH_PDPT) | TABLE_RIGHTS, good | PAGE_USER,
                            good | PAGE_NO_EXECUTE, good + SMALL_PAGE};
    (void)unused;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; ++i)
        for (enum table root = ROOT; root <= PAIR; ++root) {
            build_tables();
            declare_frames();
            tables[PAIR][LINTEL_WINDOW_SLOT] = root == PAIR ? bad[i] : good;
            tables[ROOT][LINTEL_WINDOW_SLOT] = root == ROOT ? bad[i] : good;
            const struct answer answer = until_done(seal, table_at(ROOT), 0);
            tables[root][LINTEL_WINDOW_SLOT] = good;
            expect_equal(answer.status, LINTEL_EPERM);
            expect_equal(answer.second, entry_in(root, LINTEL_WINDOW_SLOT));
        }
    return 0;
}

// Without NXE no data can be touched: NX is a reserved bit then.
static int64_t seal_without_nxe(uint64_t efer)
{
    uint64_t number = LINTEL_HC_seal, low = efer & ~(1ull << 11), high = 0;
    asm volatile("wrmsr\n xchg %%rax, %[number]\n vmcall\n xchg %%rax, %[number]\n"
                 "mov %[efer], %%rax\n xor %%edx, %%edx\n wrmsr"
                 : [number] "+&b"(number), "+&a"(low), "+&d"(high)
                 : "c"(0xc0000080), [efer] "r"(efer), "D"(table_at(ROOT)), "S"(0ull)
                 : "memory");
    return (int64_t)number;
}

static void try_state(uint64_t kind)
{
    build_tables();
    declare_frames();
    const uint64_t cr0 = read_cr0(), cr4 = read_cr4(), efer = read_msr(0xc0000080);
    switch (kind) {
    case 0:
        write_cr0(cr0 & ~(1ull << 16));
        break; // WP
    case 1:
        write_cr4(cr4 & ~(1ull << 20));
        break; // SMEP
    case 2:
        declare(table_at(ROOT), 1, LINTEL_FRAME_KERNEL);
        break;
    default:
        expect_equal(seal_without_nxe(efer), LINTEL_EPERM);
        return;
    }
    const struct answer answer = until_done(seal, table_at(kind == 2 ? PAIR : ROOT), 0);
    write_cr0(cr0);
    write_cr4(cr4);
    expect_equal(answer.status, LINTEL_EPERM);
}

static int64_t bad_states(uint64_t unused)
{
    (void)unused;
    for (uint64_t kind = 0; kind < 4; ++kind)
        try_state(kind);
    return 0;
}

static void expect_refused_of(uint64_t root, uint64_t flags, int64_t error, uint64_t culprit)
{
    const struct answer answer = until_done(seal, root, flags);
    expect_equal(answer.status, error);
    if (culprit != 0)
        expect_equal(answer.second, culprit);
}

static int64_t bad_frames(uint64_t unused)
{
    (void)unused;
    build_tables();
    expect_refused_of(table_at(ROOT), 0, LINTEL_EFAULT, 0); // nothing is declared
    declare_frames();
    expect_refused_of(table_at(LOW_PDPT), 0, LINTEL_EFAULT, 0);
    declare_frames();
    expect_equal(seal(table_at(ROOT) + 8, 0).status, LINTEL_EINVAL);
    expect_equal(seal(table_at(PAIR), LINTEL_SEAL_PAIR).status, LINTEL_EINVAL);
    expect_equal(seal(table_at(ROOT), 2).status, LINTEL_EINVAL);
    declare_frames();
    declare(0x8000, 1, LINTEL_FRAME_KERNEL); // where it has no RAM
    expect_refused_of(table_at(ROOT), 0, LINTEL_EFAULT, 0x8000);
    declare_frames();
    declare(child_mailbox(), 1, LINTEL_FRAME_KERNEL); // dom0 has it mapped
    expect_refused_of(table_at(ROOT), 0, LINTEL_EBUSY, child_mailbox());
    return 0;
}

static int64_t declarations(uint64_t unused)
{
    const uint64_t far = SEALED_FRAMES * SMALL_PAGE;
    const struct {
        struct lintel_seal_range range;
        int64_t error;
    } bad[] = {
        {{CHILD_RAM + 8, 1, LINTEL_FRAME_PT}, LINTEL_EINVAL},
        {{CHILD_RAM, 0, LINTEL_FRAME_PT}, LINTEL_EINVAL},
        {{CHILD_RAM, LINTEL_SEAL_RANGE_PAGES + 1, LINTEL_FRAME_PT}, LINTEL_EINVAL},
        {{CHILD_RAM, ~0u, LINTEL_FRAME_PT}, LINTEL_EINVAL},
        {{CHILD_RAM, 1, LINTEL_FRAME_ROOT + 1}, LINTEL_EINVAL},
        {{CHILD_RAM, 1, ~0u}, LINTEL_EINVAL},
        {{far, 1, LINTEL_FRAME_PT}, LINTEL_EFAULT},
        {{far - SMALL_PAGE, 2, LINTEL_FRAME_PT}, LINTEL_EFAULT},
        {{~0xfffull, 2, LINTEL_FRAME_PT}, LINTEL_EFAULT},
        {{1ull << 52, 1, LINTEL_FRAME_PT}, LINTEL_EFAULT},
    };
    struct lintel_seal_range list[3];
    (void)unused;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        expect_equal(seal_declare((uintptr_t)&bad[i].range, 1).status, bad[i].error);
        list[0] = (struct lintel_seal_range){CHILD_RAM, 1, LINTEL_FRAME_PT};
        list[1] = bad[i].range;
        list[2] = list[0];
        expect_equal(seal_declare((uintptr_t)list, 3).status, 1);
        expect_equal(seal_declare((uintptr_t)&list[1], 2).status, bad[i].error);
    }
    expect_equal(seal_declare((uintptr_t)list, 0).status, LINTEL_EINVAL);
    expect_equal(seal_declare((uintptr_t)list + 4, 1).status, LINTEL_EINVAL);
    expect_equal(seal_declare(NOWHERE, 1).status, LINTEL_EFAULT);
    expect_equal(seal_declare(CHILD_WINDOW, 1).status, LINTEL_EFAULT);
    expect_equal(seal_declare(info->events_gpa, 1).status, LINTEL_EFAULT);
    declare(CHILD_RAM, 1, LINTEL_FRAME_PLAIN);
    return 0;
}

static int64_t refused_everything(uint64_t unused)
{
    const struct lintel_seal_range range = {CHILD_RAM, 1, LINTEL_FRAME_PT};
    (void)unused;
    expect_equal(info->features, 0);
    expect_equal(info->commands_gpa, 0);
    expect_equal(seal_declare((uintptr_t)&range, 1).status, LINTEL_EPERM);
    expect_equal(seal(table_at(ROOT), 0).status, LINTEL_EPERM);
    expect_equal(pt_exchange(entry_in(FREE_PT, 0), 0).status, LINTEL_EPERM);
    expect_equal(pt_batch(0, 1), LINTEL_EPERM);
    expect_equal(pt_donate(CHILD_RAM, 1), LINTEL_EPERM);
    expect_equal(pt_withdraw(CHILD_RAM, 1).status, LINTEL_EPERM);
    expect_equal(text_write((uintptr_t)text_begin, 0, 1), LINTEL_EPERM);
    expect_equal(text_make(CHILD_RAM, 1).status, LINTEL_EPERM);
    expect_equal(text_drop((uintptr_t)text_begin, 1).status, LINTEL_EPERM);
    return 0;
}

static void check_flags(void)
{
    struct lintel_domain_create wanted = sealable_child(1);
    const struct {
        uint32_t flags;
        uint64_t frames;
    } bad[] = {
        {0, SEALED_FRAMES},
        {LINTEL_DOMAIN_SEALED, 0},
        {LINTEL_DOMAIN_SEALED, (1ull << 28) + 1},
        {LINTEL_DOMAIN_SEALED, ~0ull},
        {LINTEL_DOMAIN_SEAL_OR_NESTED, 0},
        {LINTEL_DOMAIN_SEAL_CHECK, 0},
        {LINTEL_DOMAIN_SEAL_OR_NESTED, SEALED_FRAMES},
        {8 | LINTEL_DOMAIN_SEALED, SEALED_FRAMES},
        {LINTEL_DOMAIN_SEALED, (CHILD_WINDOW >> 12) + 1}, // overlaps the foreign window
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        wanted.flags = bad[i].flags;
        wanted.sealed_frames = bad[i].frames;
        expect_equal(domain_create((uintptr_t)&wanted), LINTEL_EINVAL);
    }
    // The most there may be takes a record that fits or does not.
    wanted.flags = LINTEL_DOMAIN_SEALED;
    wanted.sealed_frames = 1ull << 28;
    wanted.shared_gpa = 1ull << 40; // above
    wanted.foreign_frames = 0;
    const int64_t large = domain_create((uintptr_t)&wanted);
    expect(large > 0 || large == LINTEL_ENOMEM || large == LINTEL_EINVAL);
    if (large > 0)
        destroy_all((uint64_t)large);
}

void test(void)
{
    const uint64_t free = info_of_machine().free_frames;
    refused_everything(0); // dom0
    check_flags();
    const struct lintel_domain_create nested = usual_child(1);
    struct child child = child_make(&nested);
    child_call(&child, refused_everything, 0);
    child_destroy(&child);

    const struct lintel_domain_create wanted = sealable_child(1);
    child = child_make(&wanted);
    child_call(&child, declarations, 0);
    child_call(&child, bad_frames, 0);
    child_call(&child, bad_entries, 0);
    child_call(&child, bad_windows, 0);
    child_call(&child, bad_states, 0);
    expect_equal(info_of(child.domain).protected_frames, 0);
    expect_equal(child_call(&child, seal_itself, 0), 0);
    expect_equal(info_of(child.domain).page_tables, LINTEL_PAGE_TABLES_SEALED);
    child_destroy(&child);
    expect_equal(info_of_machine().free_frames, free);
}
