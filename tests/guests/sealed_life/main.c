// SPDX-License-Identifier: Apache-2.0
// A child seals its page tables and lives on.
//
// It maps and unmaps by commands and by exchanges, donates pages, gives them levels, makes roots and goes
// from one to another; what it does is seen in its memory, in its counters and in what dom0 is told.
// Commands in one batch happen in order, up to the refused one. Class: page tables that a hypervisor
// validates (XSA-148, XSA-182, XSA-212, XSA-273, XSA-401).
#include "sealed.h"

#include "domain.h"
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "window.h"

#define SPOT 300 /* an entry of the RAM's table, and the page that it maps at first */

static volatile uint64_t* word_at(unsigned page)
{
    return (volatile uint64_t*)page_at(page);
}

static int64_t exchanges(uint64_t unused)
{
    (void)unused;
    uint64_t old;
    const uint64_t before = stats[0].pt_exchanges, entry = entry_at(RAM_PAGE, SPOT);
    *word_at(SPOT) = 1;
    *word_at(SPOT + 1) = 2;
    expect_equal(pt_exchange(entry, page_at(SPOT + 1) | DATA_RIGHTS, &old), 0);
    expect_equal(old, page_at(SPOT) | DATA_RIGHTS);
    invlpg(word_at(SPOT));
    expect_equal(*word_at(SPOT), 2);
    expect_equal(pt_exchange(entry, 0x1234560, &old), 0); // a note of an absent page
    expect_equal(old, page_at(SPOT + 1) | DATA_RIGHTS);
    expect_equal(pt_exchange(entry, page_at(SPOT) | DATA_RIGHTS, &old), 0);
    expect_equal(old, 0x1234560);
    invlpg(word_at(SPOT));
    expect_equal(*word_at(SPOT), 1);
    expect_equal(stats[0].pt_exchanges, before + 3);
    expect_equal(pt_exchange(entry, page_at(SPOT) | PAGE_PRESENT, &old), LINTEL_EINVAL); // no A
    expect_equal(old, 0);
    return 0;
}

static int64_t batches(uint64_t unused)
{
    (void)unused;
    volatile struct lintel_seal_slot* const slots = command_buffer();
    const uint64_t commands = stats[0].pt_commands;
    // Two are done, the third is refused, the fourth does not happen.
    for (unsigned i = 0; i < 4; ++i) {
        slots[10 + i].word[0] = entry_at(RAM_PAGE, SPOT + i) | LINTEL_SEAL_SET;
        slots[10 + i].word[1] = i == 2 ? ~0ull : 0;
    }
    expect_equal(pt_batch(10, 14), 2);
    expect_equal(pt_batch(12, 14), LINTEL_EINVAL);
    expect_equal(*(volatile uint64_t*)entry_at(RAM_PAGE, SPOT + 1), 0);
    expect_equal(*(volatile uint64_t*)entry_at(RAM_PAGE, SPOT + 3), page_at(SPOT + 3) | DATA_RIGHTS);
    expect_equal(pt_batch(13, 13), LINTEL_EINVAL);
    expect_equal(pt_batch(255, 257), LINTEL_EINVAL);
    for (unsigned i = 0; i < 2; ++i)
        expect_equal(one_command(LINTEL_SEAL_SET, entry_at(RAM_PAGE, SPOT + i),
                                 page_at(SPOT + i) | DATA_RIGHTS),
                     1);
    expect_equal(change_entries(entry_at(RAM_PAGE, SPOT), 100, ~(PAGE_WRITABLE | PAGE_DIRTY), 0), 2);
    expect_equal(*(volatile uint64_t*)entry_at(RAM_PAGE, SPOT + 99),
                 page_at(SPOT + 99) | PAGE_PRESENT | PAGE_ACCESSED | PAGE_NO_EXECUTE);
    expect_equal(change_entries(entry_at(RAM_PAGE, SPOT), 100, ~0ull, PAGE_WRITABLE | PAGE_DIRTY), 2);
    expect_equal(stats[0].pt_commands, commands + 2 + 2 + 2 + 2);
    return 0;
}

// A page of FREE_PAGES becomes a table, a mapping far away goes through it.
static int64_t new_tables(uint64_t unused)
{
    (void)unused;
    const unsigned first = FREE_PAGES;
    const uint64_t place = 0x8000000000; // slot 1
    expect_equal(one_command(LINTEL_SEAL_GIVE_LEVEL, page_at(first), 0), LINTEL_EFAULT);
    expect_equal(pt_donate(page_at(first), 4), 4);
    expect_equal(pt_donate(page_at(first), 1), LINTEL_EBUSY);
    for (unsigned level = 0; level < 3; ++level)
        expect_equal(one_command(LINTEL_SEAL_GIVE_LEVEL, page_at(first + level), level), 1);
    expect_equal(one_command(LINTEL_SEAL_GIVE_LEVEL, page_at(first), 1), LINTEL_EEXIST);
    *word_at(SPOT) = 77;
    expect_equal(one_command(LINTEL_SEAL_SET, entry_at(first, 0), page_at(SPOT) | DATA_RIGHTS), 1);
    expect_equal(one_command(LINTEL_SEAL_SET, entry_at(first + 1, 0), table_entry(first)), 1);
    expect_equal(one_command(LINTEL_SEAL_SET, entry_at(first + 2, 0), table_entry(first + 1)), 1);
    expect_equal(one_command(LINTEL_SEAL_SET, entry_at(ROOT_PAGE, 1), table_entry(first + 2)), 1);
    expect_equal(*(volatile uint64_t*)place, 77);
    // A root of its own: empty below, the master's above. It has to map the kernel before it is used.
    expect_equal(one_command(LINTEL_SEAL_MAKE_ROOT, page_at(first + 3), 0), 1);
    expect_equal(*(volatile uint64_t*)entry_at(first + 3, 0), 0);
    expect_equal(*(volatile uint64_t*)entry_at(first + 3, LINTEL_WINDOW_SLOT),
                 info->window_root | PAGE_PRESENT | PAGE_WRITABLE | PAGE_ACCESSED);
    expect_equal(one_command(LINTEL_SEAL_SET, entry_at(first + 3, 0), table_entry(PDPT_PAGE)), 1);
    expect_equal(one_command(LINTEL_SEAL_LOAD_ROOT, page_at(first + 3), 0), 1);
    expect_equal(read_cr3(), page_at(first + 3));
    return 0;
}

// Between few roots MOV to CR3 does not leave the guest, once it knows them.
static int64_t switches(uint64_t unused)
{
    (void)unused;
    write_cr3(page_at(SPARE_ROOT));
    expect_equal(read_cr3(), page_at(SPARE_ROOT));
    write_cr3(page_at(ROOT_PAGE));
    const uint64_t loads = stats[0].roots_loaded;
    for (unsigned i = 0; i < 100; ++i) {
        write_cr3(page_at(SPARE_ROOT));
        write_cr3(page_at(ROOT_PAGE));
    }
    expect_equal(stats[0].roots_loaded, loads);
    expect_equal(*word_at(SPOT), 77);
    return 0;
}

void test(void)
{
    const struct lintel_domain_create wanted = sealable_child(1);
    struct child child = child_make(&wanted);
    expect_equal(info_of(child.domain).page_tables, LINTEL_PAGE_TABLES_UNSEALED);
    expect_equal(child_call(&child, seal_child, 0), 0);
    const struct lintel_domain_info sealed = info_of(child.domain);
    expect_equal(sealed.page_tables, LINTEL_PAGE_TABLES_SEALED);
    expect_equal(sealed.create_flags, LINTEL_DOMAIN_SEALED);
    expect(sealed.protected_frames > TABLE_PAGES);
    child_call(&child, exchanges, 0);
    child_call(&child, batches, 0);
    child_call(&child, new_tables, 0);
    expect_equal(info_of(child.domain).protected_frames, sealed.protected_frames + 4);
    child_call(&child, switches, 0);
    child_destroy(&child);
}
