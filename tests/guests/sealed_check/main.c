// SPDX-License-Identifier: Apache-2.0
// Check mode: a child whose stores to sealed tables are reported and let through.
//
// A store to an entry happens, by a single one and by a string instruction, and is counted; so is one that
// leaves what no command could; a child that single-steps itself still does. Afterwards the page is
// protected again. Commands work as always. Class: single steps by the hypervisor, which a guest may see
// (XSA-308, XSA-444).
#include "child.h"

#include <lintel/seal.h>

#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "window.h"

#define TABLE 0x27ull                       // present, writable, user, accessed
#define DATA (0x63ull | PAGE_NO_EXECUTE)    // present, writable, accessed, dirty
#define SPOT 300                            // of the RAM's table

extern char text_begin[], text_end[];

// The child's tables, in its free RAM: what it runs on, 1:1.
enum { ROOT, PDPT, PD, IMAGE, RAM, SHARED };
static uint64_t* table(unsigned page)
{
    return (uint64_t*)(CHILD_RAM + page * SMALL_PAGE);
}
static uint64_t page_of(unsigned index)
{
    return CHILD_RAM + index * SMALL_PAGE;
}

static void build(void)
{
    for (uint64_t i = 0; i < 512; ++i) {
        const uint64_t at = 0x200000 + i * SMALL_PAGE;
        const bool text = at >= (uintptr_t)text_begin && at < (uintptr_t)text_end;
        table(IMAGE)[i] = at | (text ? 0x21 : DATA);
        table(RAM)[i] = page_of((unsigned)i) | DATA;
    }
    table(PD)[1] = page_of(IMAGE) | TABLE;
    table(PD)[2] = page_of(RAM) | TABLE;
    table(SHARED)[0xf0000000 >> 21 & 511] = 0xf0000000 | DATA | PAGE_LARGE;
    table(PDPT)[0] = page_of(PD) | TABLE;
    table(PDPT)[3] = page_of(SHARED) | TABLE;
    table(ROOT)[0] = page_of(PDPT) | TABLE;
    table(ROOT)[LINTEL_WINDOW_SLOT] = info->window_root | PAGE_PRESENT | PAGE_WRITABLE;
    write_cr3(page_of(ROOT));
    write_cr4(read_cr4() | 1 << 20); // SMEP
}

static int64_t seal_itself(uint64_t unused)
{
    (void)unused;
    const uint32_t pages = (uint32_t)((text_end - text_begin) / SMALL_PAGE);
    const struct lintel_seal_range ranges[] = {
        {(uintptr_t)text_begin, pages, LINTEL_FRAME_TEXT}, {page_of(ROOT), 1, LINTEL_FRAME_ROOT},
        {page_of(PDPT), 1, LINTEL_FRAME_PDPT},             {page_of(PD), 1, LINTEL_FRAME_PD},
        {page_of(IMAGE), 2, LINTEL_FRAME_PT},              {page_of(SHARED), 1, LINTEL_FRAME_PD},
    };
    build();
    expect_equal(hypercall(LINTEL_HC_seal_declare, (uintptr_t)ranges, 6, 0, 0, 0), 6);
    int64_t result;
    do {
        uint64_t second = 0;
        asm volatile("vmcall"
                     : "=a"(result), "+d"(second)
                     : "0"(LINTEL_HC_seal), "D"(page_of(ROOT)), "S"(0)
                     : "memory");
    } while (result > 0);
    return result;
}

static int64_t exchange(uint64_t value, uint64_t* old)
{
    int64_t result;
    *old = 0;
    asm volatile("vmcall"
                 : "=a"(result), "+d"(*old)
                 : "0"(LINTEL_HC_pt_exchange), "D"(&table(RAM)[SPOT]), "S"(value)
                 : "memory");
    return result;
}

static int64_t stores(uint64_t unused)
{
    (void)unused;
    volatile uint64_t* const entry = &table(RAM)[SPOT];
    uint64_t old, before = stats[0].protected_stores;
    for (unsigned i = 0; i < 5; ++i) {
        *entry = 0x1000 * i;
        expect_equal(*entry, 0x1000 * i);
    }
    expect_equal(stats[0].protected_stores, before + 5);
    *entry = page_of(SPOT) | PAGE_PRESENT; // no command stores that
    expect_equal(exchange(page_of(SPOT) | DATA, &old), 0);
    expect_equal(old, page_of(SPOT) | PAGE_PRESENT);
    expect_equal(*entry, page_of(SPOT) | DATA);
    before = stats[0].protected_stores;
    void* to = (void*)&table(RAM)[SPOT + 1];
    uint64_t count = 4;
    asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0ull) : "memory");
    expect_equal(stats[0].protected_stores, before + 4);
    for (unsigned i = 1; i < 5; ++i)
        expect_equal(table(RAM)[SPOT + i], 0);
    return 0;
}

static unsigned steps;
static bool count_step(struct frame* frame)
{
    frame->rflags &= ~(steps++ < 1 ? 0ull : 0x100ull);
    return true;
}

// Its own steps come as they would: one before the store, one after it.
static int64_t steps_itself(uint64_t unused)
{
    (void)unused;
    on_vector(VECTOR_DB, count_step);
    steps = 0;
    asm volatile("pushfq\n orq $0x100, (%%rsp)\n popfq\n nop\n movq $0, (%0)\n nop"
                 :
                 : "r"(&table(RAM)[SPOT + 1])
                 : "memory", "cc");
    expect_equal(steps, 2);
    return 0;
}

void test(void)
{
    struct lintel_domain_create wanted = usual_child(1);
    wanted.flags = LINTEL_DOMAIN_SEALED | LINTEL_DOMAIN_SEAL_CHECK;
    wanted.sealed_frames = wanted.max_frames;
    struct child child = child_make(&wanted);
    expect_equal(child_call(&child, seal_itself, 0), 0);
    child_call(&child, stores, 0);
    child_call(&child, steps_itself, 0);
    child_destroy(&child);
}
