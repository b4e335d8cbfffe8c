/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child with page tables that it can seal: 4 KiB pages for its image and for CHILD_RAM, where
 * they have always been, and one empty table from FREE_VIRTUAL on. Text is executable, all else is
 * not; everything is the supervisor's.
 */
#ifndef RUNTIME_SEALED_H
#define RUNTIME_SEALED_H

#include <stdint.h>

#include "child.h"
#include "paging.h"
#include "seal.h"

#define PAGE_ACCESSED 0x20ull
#define PAGE_DIRTY 0x40ull
#define TABLE_RIGHTS (PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER | PAGE_ACCESSED)
#define TEXT_RIGHTS (PAGE_PRESENT | PAGE_ACCESSED)
#define READ_RIGHTS (PAGE_PRESENT | PAGE_ACCESSED | PAGE_NO_EXECUTE)
#define DATA_RIGHTS (READ_RIGHTS | PAGE_WRITABLE | PAGE_DIRTY)
#define USER_CODE_RIGHTS (PAGE_PRESENT | PAGE_ACCESSED | PAGE_USER)

/* Its tables. The pair is the second master root of one that seals with LINTEL_SEAL_PAIR. */
enum table {
    ROOT,
    PAIR,
    LOW_PDPT,
    LOW_PD,
    IMAGE_PT,
    RAM_PT, /* of CHILD_RAM */
    WINDOW_PD,
    WINDOW_PT, /* of CHILD_WINDOW */
    HIGH_PDPT,
    HIGH_PD,
    FREE_PT, /* of FREE_VIRTUAL */
    TABLES
};
extern uint64_t tables[TABLES][512];
static inline uint64_t entry_in(enum table table, unsigned index)
{
    return (uintptr_t)&tables[table][index];
}
static inline uint64_t table_at(enum table table)
{
    return (uintptr_t)tables[table];
}
extern char text_begin[], text_end[];

#define SEALED_FRAMES 1536ull /* its RAM lies below as many, at least */

/* dom0: what domain_create takes, and a child that has sealed itself. */
struct lintel_domain_create sealable_child(uint32_t vcpus);
struct child sealed_child_make(uint32_t vcpus);

/* The child: the steps of that, and all of them, which is a child_function. */
void build_tables(void);   /* anew, and the vCPU goes on with them; SMEP and SMAP are on then */
void use_tables(void);     /* another vCPU does so */
void declare_frames(void); /* text, tables, the kernel's data; not CHILD_RAM nor the mailbox */
void declare(uint64_t address, uint64_t pages, uint32_t kind);
int64_t seal_itself(uint64_t flags);

/* Each ends the test if it fails. */
void must_donate(uint64_t address, uint64_t pages);
void must_give(uint64_t page, unsigned level); /* 0: pt, 1: pd, 2: pdpt */
void must_set(uint64_t entry, uint64_t value);

/* A mapping in the free table, and where it is; over what was there. */
volatile uint64_t* map_free(unsigned index, uint64_t physical, uint64_t rights);

/* What the information of a domain says that stored to a table, a donated page or text. */
#define PROTECTED_TEXT "a store to a sealed page table"

/* A child that does something that it may not is killed, and another does not notice. It has 3
 * vCPUs, and says by a word if it did harm. */
#define HARM 0
void expect_killed(child_function function, uint64_t argument, const char* text,
                   struct child* bystander);

#endif
