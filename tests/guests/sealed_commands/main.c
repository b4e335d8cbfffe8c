// SPDX-License-Identifier: Apache-2.0
// Every command of a child that sealed its page tables, and what it finds then.
//
// Entries are exchanged, set and changed in runs, by the calling vCPU's registers and by batches;
// pages are donated, get each level and become a tree, roots are made, alone and in pairs, and
// loaded by command and by MOV. What was asked is what the tables hold, what the processor does,
// and what the counters count. A batch ends where a command is refused. Two vCPUs do so at once.
// Class: a change that is made to something else than what was judged (XSA-148).
#include <lintel/cpuid.h>

#include "domain.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"
#include "trap.h"
#include "window.h"

#define NEW_SLOT 300u /* of roots: nothing is there */
#define NEW_VIRTUAL 0xffff960000000000ull

static int64_t find_out(uint64_t unused)
{
    (void)unused;
    expect_equal(info->features, LINTEL_FEATURE_SEAL | LINTEL_FEATURE_SEAL_REQUIRED);
    expect_equal(cpuid(LINTEL_CPUID_INFO, 0).ebx, info->features);
    expect(info->commands_gpa != 0);
    expect_equal(cpuid(1, 0).ecx >> 17 & 1, 0); // PCID
    expect_equal(pt_exchange(entry_in(FREE_PT, 0), 0).status, LINTEL_ENOENT);
    expect_equal(pt_batch(0, 1), LINTEL_ENOENT);
    expect_equal(pt_donate(CHILD_RAM, 1), LINTEL_ENOENT);
    return 0;
}

static int64_t once_sealed(uint64_t unused)
{
    const struct lintel_seal_range range = {CHILD_RAM, 1, LINTEL_FRAME_KERNEL};
    (void)unused;
    expect_equal(seal_declare((uintptr_t)&range, 1).status, LINTEL_EEXIST);
    expect_equal(seal(table_at(ROOT), 0).status, LINTEL_EEXIST);
    return (text_end - text_begin) / (int64_t)SMALL_PAGE + TABLES;
}

static int64_t exchange(uint64_t unused)
{
    const uint64_t entry = entry_in(FREE_PT, 7), one = CHILD_RAM | DATA_RIGHTS;
    const uint64_t exchanges = stats[0].pt_exchanges, refused = stats[0].pt_refused;
    volatile uint64_t* const place = (volatile uint64_t*)(FREE_VIRTUAL + 7 * SMALL_PAGE);
    (void)unused;
    struct answer answer = pt_exchange(entry, one);
    expect_equal(answer.status, 0);
    expect_equal(answer.second, 0);
    expect_equal(tables[FREE_PT][7], one);
    *place = 0x1234;
    expect_equal(*(volatile uint64_t*)CHILD_RAM, 0x1234);

    answer =
        pt_exchange(entry, 0xfffffffffffffffe); // a note of the kernel's, that looks like an error
    expect_equal(answer.status, 0);
    expect_equal(answer.second, one);
    answer = pt_exchange(entry, one & ~PAGE_ACCESSED);
    expect_equal(answer.status, LINTEL_EINVAL);
    expect_equal(answer.second, 0);
    answer = pt_exchange(entry, 0);
    expect_equal(answer.status, 0);
    expect_equal(answer.second, 0xfffffffffffffffe);
    expect_equal(tables[FREE_PT][7], 0);
    expect_equal(stats[0].pt_exchanges - exchanges, 3);
    expect_equal(stats[0].pt_refused - refused, 1);
    return 0;
}

static int64_t runs(uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < 256; ++i)
        put_slot(i, entry_in(FREE_PT, i) | LINTEL_SEAL_SET,
                 (CHILD_RAM + i * SMALL_PAGE) | DATA_RIGHTS);
    const uint64_t commands = stats[0].pt_commands, batches = stats[0].pt_batches;
    expect_equal(pt_batch(0, 256), 256);
    expect_equal(stats[0].pt_commands - commands, 256);
    expect_equal(stats[0].pt_batches - batches, 1);
    for (unsigned i = 0; i < 256; ++i)
        expect_equal(tables[FREE_PT][i], (CHILD_RAM + i * SMALL_PAGE) | DATA_RIGHTS);

    expect_equal(change_entries(entry_in(FREE_PT, 10), 100, ~(PAGE_WRITABLE | PAGE_DIRTY), 0), 0);
    for (unsigned i = 0; i < 256; ++i)
        expect_equal(tables[FREE_PT][i], (CHILD_RAM + i * SMALL_PAGE) |
                                             (i < 10 || i >= 110 ? DATA_RIGHTS : READ_RIGHTS));
    expect_equal(change_entries(entry_in(FREE_PT, 0), 512, 0, 0), 0);
    for (unsigned i = 0; i < 512; ++i)
        expect_equal(tables[FREE_PT][i], 0);
    return 0;
}

// In the middle of the buffer, one that is refused.
static int64_t ends_early(uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < 10; ++i)
        put_slot(100 + i, entry_in(FREE_PT, i) | LINTEL_SEAL_SET,
                 CHILD_RAM | (i == 6 ? DATA_RIGHTS & ~PAGE_DIRTY : DATA_RIGHTS));
    const uint64_t refused = stats[0].pt_refused;
    expect_equal(pt_batch(100, 110), 6);
    expect_equal(pt_batch(106, 110), LINTEL_EINVAL);
    expect(stats[0].pt_refused > refused);
    for (unsigned i = 0; i < 10; ++i)
        expect_equal(tables[FREE_PT][i], i < 6 ? CHILD_RAM | DATA_RIGHTS : 0);
    expect_equal(pt_batch(107, 110), 3);
    expect_equal(tables[FREE_PT][9], CHILD_RAM | DATA_RIGHTS);
    expect_equal(change_entries(entry_in(FREE_PT, 0), 10, 0, 0), 0);
    return 0;
}

// Three donated pages become a PDPT, a PD and a PT below each other.
static int64_t new_tree(uint64_t at)
{
    volatile uint64_t* const content = (volatile uint64_t*)at;
    for (unsigned i = 0; i < 3 * 512; ++i)
        content[i] = ~0ull;
    must_donate(at, 3);
    for (unsigned level = 0; level < 3; ++level) {
        must_give(at + level * SMALL_PAGE, level);
        for (unsigned i = 0; i < 512; ++i)
            expect_equal(content[level * 512 + i], 0);
    }
    must_set(entry_in(ROOT, NEW_SLOT), (at + 2 * SMALL_PAGE) | TABLE_RIGHTS);
    must_set(at + 2 * SMALL_PAGE, (at + SMALL_PAGE) | TABLE_RIGHTS);
    must_set(at + SMALL_PAGE, at | TABLE_RIGHTS);
    must_set(at + 5 * 8, (at + 4 * SMALL_PAGE) | DATA_RIGHTS);
    *(volatile uint64_t*)(NEW_VIRTUAL + 5 * SMALL_PAGE) = 0x5678;
    expect_equal(content[4 * 512], 0x5678);
    // A large leaf beside.
    must_set(at + SMALL_PAGE + 8, CHILD_RAM | DATA_RIGHTS | PAGE_LARGE);
    expect_equal(
        *(volatile uint64_t*)(NEW_VIRTUAL + LARGE_PAGE + (at - CHILD_RAM) + 4 * SMALL_PAGE),
        0x5678);
    return 0;
}

static void check_root(uint64_t root, enum table master)
{
    const volatile uint64_t* const entries = (const volatile uint64_t*)root;
    for (unsigned i = 0; i < 512; ++i)
        expect_equal(entries[i], i < 256 ? 0 : tables[master][i]);
}

static int64_t new_root(uint64_t at)
{
    must_donate(at, 1);
    expect_equal(command(at, LINTEL_SEAL_MAKE_ROOT, 0), 0);
    check_root(at, ROOT);
    must_set(at, table_at(LOW_PDPT) | TABLE_RIGHTS);
    const uint64_t loads = stats[0].roots_loaded;
    expect_equal(command(at, LINTEL_SEAL_LOAD_ROOT, 0), 0);
    expect_equal(read_cr3(), at);
    write_cr3(table_at(ROOT));
    expect_equal(read_cr3(), table_at(ROOT));
    write_cr3(at);
    expect_equal(read_cr3(), at);
    // What is changed below one root is changed below the other, as they share the tables.
    map_free(9, CHILD_RAM, DATA_RIGHTS)[0] = 77;
    expect_equal(command(table_at(ROOT), LINTEL_SEAL_LOAD_ROOT, 0), 0);
    expect_equal(*(volatile uint64_t*)(FREE_VIRTUAL + 9 * SMALL_PAGE), 77);
    must_set(entry_in(FREE_PT, 9), 0);
    // Between few roots the processor goes by itself, once it knows them.
    const uint64_t known = stats[0].roots_loaded;
    expect(known > loads);
    for (unsigned i = 0; i < 100; ++i) {
        write_cr3(at);
        write_cr3(table_at(ROOT));
    }
    expect_equal(stats[0].roots_loaded, known);
    expect_equal(command(at, LINTEL_SEAL_MAKE_ROOT, 0), 0); // begins anew
    check_root(at, ROOT);
    return 0;
}

static int64_t new_pair(uint64_t at)
{
    must_donate(at, 2);
    expect_equal(command(at + SMALL_PAGE, LINTEL_SEAL_MAKE_ROOT, 1), LINTEL_EINVAL);
    expect_equal(command(at, LINTEL_SEAL_MAKE_ROOT, 1), 0);
    check_root(at, ROOT);
    check_root(at + SMALL_PAGE, PAIR);
    expect(tables[ROOT][256] != tables[PAIR][256]);
    return 0;
}

static struct barrier together;

static void fill_half(void* half)
{
    const unsigned first = half == NULL ? 0 : 256;
    meet(&together, 2);
    for (unsigned round = 0; round < 20; ++round) {
        for (unsigned i = 0; i < 64; ++i)
            put_slot(i, entry_in(FREE_PT, first + i) | LINTEL_SEAL_SET,
                     (CHILD_RAM + (first + i) * SMALL_PAGE) | DATA_RIGHTS);
        for (unsigned done = 0; done < 64;) {
            const int64_t more = pt_batch(done, 64);
            if (more <= 0)
                failure("pt_batch gives %ld", more);
            done += (unsigned)more;
        }
        for (unsigned i = 0; i < 64; ++i) {
            expect_equal(tables[FREE_PT][first + i],
                         (CHILD_RAM + (first + i) * SMALL_PAGE) | DATA_RIGHTS);
            const struct answer answer = pt_exchange(entry_in(FREE_PT, first + i), 0);
            expect_equal(answer.status, 0);
            expect_equal(answer.second, (CHILD_RAM + (first + i) * SMALL_PAGE) | DATA_RIGHTS);
        }
    }
}

static int64_t two_vcpus(uint64_t unused)
{
    (void)unused;
    vcpu_run(1, fill_half, &together);
    fill_half(NULL);
    vcpu_join(1);
    return 0;
}

static void check_info(const struct child* child, uint32_t page_tables, uint64_t protected)
{
    const struct lintel_domain_info found = info_of(child->domain);
    expect_equal(found.page_tables, page_tables);
    expect_equal(found.create_flags, LINTEL_DOMAIN_SEALED);
    expect_equal(found.protected_frames, protected);
}

static void try_all(uint64_t seal_flags)
{
    const struct lintel_domain_create wanted = sealable_child(2);
    struct child child = child_make(&wanted);
    child_call(&child, find_out, 0);
    check_info(&child, LINTEL_PAGE_TABLES_UNSEALED, 0);
    expect_equal(child_call(&child, seal_itself, seal_flags), 0);
    const int64_t protected = child_call(&child, once_sealed, 0);
    check_info(&child, LINTEL_PAGE_TABLES_SEALED, (uint64_t) protected);
    child_call(&child, exchange, 0);
    child_call(&child, runs, 0);
    child_call(&child, ends_early, 0);
    child_call(&child, new_tree, CHILD_RAM + 16 * SMALL_PAGE);
    child_call(&child, new_root, CHILD_RAM + 32 * SMALL_PAGE);
    if (seal_flags == LINTEL_SEAL_PAIR)
        child_call(&child, new_pair, CHILD_RAM + 48 * SMALL_PAGE);
    child_call(&child, two_vcpus, 0);
    const uint64_t donated = seal_flags == LINTEL_SEAL_PAIR ? 6 : 4;
    check_info(&child, LINTEL_PAGE_TABLES_SEALED, (uint64_t) protected + donated);
    child_destroy(&child);
}

void test(void)
{
    const uint64_t free = info_of_machine().free_frames;
    try_all(0);
    try_all(LINTEL_SEAL_PAIR);
    expect_equal(info_of_machine().free_frames, free);
}
