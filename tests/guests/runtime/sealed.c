// SPDX-License-Identifier: Apache-2.0
// Both sides of a child that seals itself.
#include "sealed.h"

#include "domain.h"
#include "processor.h"
#include "result.h"
#include "window.h"

#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)
#define IMAGE 0x200000ull

uint64_t tables[TABLES][512] __attribute__((aligned(8192)));

// ---- the child ----

static void lead(enum table from, unsigned index, enum table to)
{
    tables[from][index] = table_at(to) | TABLE_RIGHTS;
}

static void fill(enum table table, uint64_t physical)
{
    for (unsigned i = 0; i < 512; ++i, physical += SMALL_PAGE) {
        const bool text = physical >= (uintptr_t)text_begin && physical < (uintptr_t)text_end;
        tables[table][i] = physical | (text ? TEXT_RIGHTS : DATA_RIGHTS);
    }
}

void use_tables(void)
{
    write_cr3(table_at(ROOT));
    write_cr4(read_cr4() | CR4_SMEP | CR4_SMAP);
}

void build_tables(void)
{
    write_cr4(read_cr4() & ~(CR4_SMEP | CR4_SMAP)); // the boot's tables let users through
    write_cr3((uintptr_t)pml4);
    for (unsigned table = 0; table < TABLES; ++table)
        for (unsigned i = 0; i < 512; ++i)
            tables[table][i] = 0;
    lead(ROOT, 0, LOW_PDPT);
    lead(LOW_PDPT, 0, LOW_PD);
    lead(LOW_PDPT, CHILD_WINDOW >> 30, WINDOW_PD);
    lead(LOW_PD, IMAGE >> 21, IMAGE_PT);
    lead(LOW_PD, CHILD_RAM >> 21, RAM_PT);
    lead(WINDOW_PD, 0, WINDOW_PT);
    lead(ROOT, FREE_VIRTUAL >> 39 & 511, HIGH_PDPT);
    lead(HIGH_PDPT, 0, HIGH_PD);
    lead(HIGH_PD, 0, FREE_PT);
    fill(IMAGE_PT, IMAGE);
    fill(RAM_PT, CHILD_RAM);
    fill(WINDOW_PT, CHILD_WINDOW);
    for (unsigned i = ROOT; i <= PAIR; ++i)
        tables[i][LINTEL_WINDOW_SLOT] = ((const struct lintel_info*)info_address())->window_root |
                                        PAGE_PRESENT | PAGE_WRITABLE | PAGE_ACCESSED;
    use_tables();
}

void declare(uint64_t address, uint64_t pages, uint32_t kind)
{
    const struct lintel_seal_range range = {address, (uint32_t)pages, kind};
    const int64_t status = seal_declare((uintptr_t)&range, 1).status;
    if (status != 1)
        failure("seal_declare of %lu pages at %lx as %u gives %ld", pages, address, kind, status);
}

void declare_frames(void)
{
    static const uint32_t kinds[TABLES] = {
        [ROOT] = LINTEL_FRAME_ROOT,      [PAIR] = LINTEL_FRAME_ROOT,
        [LOW_PDPT] = LINTEL_FRAME_PDPT,  [LOW_PD] = LINTEL_FRAME_PD,
        [IMAGE_PT] = LINTEL_FRAME_PT,    [RAM_PT] = LINTEL_FRAME_PT,
        [WINDOW_PD] = LINTEL_FRAME_PD,   [WINDOW_PT] = LINTEL_FRAME_PT,
        [HIGH_PDPT] = LINTEL_FRAME_PDPT, [HIGH_PD] = LINTEL_FRAME_PD,
        [FREE_PT] = LINTEL_FRAME_PT,
    };
    declare(IMAGE, 512, LINTEL_FRAME_KERNEL);
    declare((uintptr_t)text_begin, (uint64_t)(text_end - text_begin) / SMALL_PAGE,
            LINTEL_FRAME_TEXT);
    declare(child_mailbox(), 1, LINTEL_FRAME_PLAIN);
    for (unsigned table = 0; table < TABLES; ++table)
        declare(table_at(table), 1, kinds[table]);
}

int64_t seal_itself(uint64_t flags)
{
    build_tables();
    declare_frames();
    const struct answer answer = until_done(seal, table_at(ROOT), flags);
    if (answer.status != 0)
        failure("seal gives %ld, for %lx", answer.status, answer.second);
    return 0;
}

void must_donate(uint64_t address, uint64_t pages)
{
    while (pages != 0) {
        const int64_t done = pt_donate(address, pages);
        if (done <= 0 || (uint64_t)done > pages)
            failure("pt_donate of %lu pages at %lx gives %ld", pages, address, done);
        address += (uint64_t)done * SMALL_PAGE;
        pages -= (uint64_t)done;
    }
}

void must_give(uint64_t page, unsigned level)
{
    const int64_t status = command(page, LINTEL_SEAL_GIVE_LEVEL, level);
    if (status != 0)
        failure("giving %lx level %u gives %ld", page, level, status);
}

void must_set(uint64_t entry, uint64_t value)
{
    const int64_t status = set_entry(entry, value);
    if (status != 0)
        failure("setting the entry at %lx to %lx gives %ld", entry, value, status);
}

volatile uint64_t* map_free(unsigned index, uint64_t physical, uint64_t rights)
{
    volatile uint64_t* const place = (volatile uint64_t*)(FREE_VIRTUAL + index * SMALL_PAGE);
    must_set(entry_in(FREE_PT, index), physical | rights);
    invlpg(place);
    return place;
}

static int64_t twice(uint64_t number)
{
    return (int64_t)(2 * number);
}

// ---- dom0 ----

struct lintel_domain_create sealable_child(uint32_t vcpus)
{
    struct lintel_domain_create wanted = usual_child(vcpus);
    wanted.flags = LINTEL_DOMAIN_SEALED;
    wanted.sealed_frames = SEALED_FRAMES;
    return wanted;
}

struct child sealed_child_make(uint32_t vcpus)
{
    const struct lintel_domain_create wanted = sealable_child(vcpus);
    struct child child = child_make(&wanted);
    expect_equal(child_call(&child, seal_itself, 0), 0);
    return child;
}

void expect_killed(child_function function, uint64_t argument, const char* text,
                   struct child* bystander)
{
    struct child child = sealed_child_make(3);
    child_begin(&child, function, argument);
    const struct lintel_domain_info found = child_expect_end(&child, LINTEL_DOMAIN_CRASHED);
    if (!same_text(found.text, text))
        failure("attack %lu ends in: %s", argument, found.text);
    if (child_words(&child)[HARM] != 0)
        failure("attack %lu did what it may not", argument);
    expect_equal(child_call(bystander, twice, argument), 2 * argument);
    child_destroy(&child);
}
