/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed page tables. A child that was made by sealable_child() builds tables of its own, which map as
 * little as it needs, and seals them: all 1:1, text executable, all else not. Contract:
 * docs/abi/sealed.md.
 */
#ifndef RUNTIME_SEALED_H
#define RUNTIME_SEALED_H

#include <stdint.h>

#include <lintel/domain.h>
#include <lintel/seal.h>

#include "child.h"
#include "paging.h"

#define SMEP (1ull << 20)
#define SMAP (1ull << 21)

/* The child's tables, in its free RAM. */
enum sealed_page {
    ROOT_PAGE,    /* the master root */
    PDPT_PAGE,    /* 0 .. 512 GiB */
    PD_PAGE,      /* 0 .. 1 GiB */
    IMAGE_PAGE,   /* pt: 2 .. 4 MiB, the kernel */
    RAM_PAGE,     /* pt: 4 .. 6 MiB, free RAM and these pages */
    WINDOW_PAGE,  /* pd: 1 .. 2 GiB, the foreign window */
    SHARED_PAGE,  /* pd: 3 .. 4 GiB, the shared pages */
    SPARE_ROOT,   /* a second root, alike */
    TABLE_PAGES,
    FREE_PAGES = 16 /* plain, from here on */
};
#define PAGE_ACCESSED 0x20ull
#define PAGE_DIRTY 0x40ull
#define TABLE_RIGHTS (PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER | PAGE_ACCESSED)
#define DATA_RIGHTS (PAGE_PRESENT | PAGE_WRITABLE | PAGE_ACCESSED | PAGE_DIRTY | PAGE_NO_EXECUTE)
#define TEXT_RIGHTS (PAGE_PRESENT | PAGE_ACCESSED)

static inline uint64_t page_at(unsigned page)
{
    return CHILD_RAM + page * SMALL_PAGE;
}
static inline uint64_t entry_at(unsigned page, unsigned index)
{
    return page_at(page) + 8 * index;
}
static inline uint64_t table_entry(unsigned page)
{
    return page_at(page) | TABLE_RIGHTS;
}

extern char text_begin[], text_end[], rodata_end[];

/* For dom0. */
struct lintel_domain_create sealable_child(uint32_t vcpus);

/* For the child. Writes the tables and goes on with them, with SMEP; then declares them; then seals. */
void build_tables(void);
void declare_tables(void);
int64_t seal_all(uint64_t root, uint64_t flags, uint64_t* culprit); /* all calls of it */
/* All of these, each with success. Its type is that of a call of the child. */
int64_t seal_child(uint64_t unused);

int64_t seal_declare(uint64_t address, uint64_t count);
int64_t declare(uint64_t address, uint64_t pages, uint32_t kind); /* one range */
int64_t pt_exchange(uint64_t entry, uint64_t value, uint64_t* old);
int64_t pt_donate(uint64_t address, uint64_t pages);
int64_t pt_batch(unsigned first, unsigned end);
int64_t pt_withdraw_all(uint64_t address, uint64_t pages, uint64_t* culprit);
int64_t text_write(uint64_t address, uint64_t value, uint64_t bytes);

/* The calling vCPU's command buffer, and one command at its beginning, issued. */
volatile struct lintel_seal_slot* command_buffer(void);
int64_t one_command(unsigned operation, uint64_t address, uint64_t operand);
int64_t change_entries(uint64_t address, uint64_t count, uint64_t keep, uint64_t set);

#endif
