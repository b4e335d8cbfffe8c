// SPDX-License-Identifier: Apache-2.0
// The child's own tables, and the calls by which they change.
#include "sealed.h"

#include "domain.h"
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "window.h"

// A hypercall with a second result.
static int64_t call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t* second)
{
    register uint64_t r10 asm("r10") = d;
    int64_t result;
    asm volatile("vmcall" : "=a"(result), "+d"(c) : "0"(number), "D"(a), "S"(b), "r"(r10) : "memory");
    if (second != NULL)
        *second = c;
    return result;
}

struct lintel_domain_create sealable_child(uint32_t vcpus)
{
    struct lintel_domain_create wanted = usual_child(vcpus);
    wanted.flags = LINTEL_DOMAIN_SEALED;
    wanted.sealed_frames = wanted.max_frames;
    return wanted;
}

static uint64_t* table(unsigned page)
{
    return (uint64_t*)page_at(page);
}

static void map_image(void)
{
    for (uint64_t at = 0x200000; at < 0x400000; at += SMALL_PAGE) {
        const bool text = at >= (uintptr_t)text_begin && at < (uintptr_t)text_end;
        table(IMAGE_PAGE)[at >> 12 & 511] = at | (text ? TEXT_RIGHTS : DATA_RIGHTS);
    }
}

void build_tables(void)
{
    map_image();
    for (unsigned i = 0; i < 512; ++i)
        table(RAM_PAGE)[i] = page_at(i) | DATA_RIGHTS;
    table(PD_PAGE)[1] = table_entry(IMAGE_PAGE);
    table(PD_PAGE)[2] = table_entry(RAM_PAGE);
    table(WINDOW_PAGE)[0] = CHILD_WINDOW | DATA_RIGHTS | PAGE_LARGE;
    table(SHARED_PAGE)[0xf0000000 >> 21 & 511] = 0xf0000000 | DATA_RIGHTS | PAGE_LARGE;
    table(PDPT_PAGE)[0] = table_entry(PD_PAGE);
    table(PDPT_PAGE)[1] = table_entry(WINDOW_PAGE);
    table(PDPT_PAGE)[3] = table_entry(SHARED_PAGE);
    static const unsigned roots[] = {ROOT_PAGE, SPARE_ROOT};
    for (unsigned i = 0; i < 2; ++i) {
        table(roots[i])[0] = table_entry(PDPT_PAGE);
        table(roots[i])[LINTEL_WINDOW_SLOT] = info->window_root | PAGE_PRESENT | PAGE_WRITABLE;
    }
    write_cr3(page_at(ROOT_PAGE));
    write_cr4(read_cr4() | SMEP);
}

int64_t seal_declare(uint64_t address, uint64_t count)
{
    return call(LINTEL_HC_seal_declare, address, count, 0, 0, NULL);
}

int64_t declare(uint64_t address, uint64_t pages, uint32_t kind)
{
    const struct lintel_seal_range range = {address, (uint32_t)pages, kind};
    return seal_declare((uintptr_t)&range, 1);
}

void declare_tables(void)
{
    const struct lintel_seal_range ranges[] = {
        {(uintptr_t)text_begin, (uint32_t)((text_end - text_begin) / SMALL_PAGE), LINTEL_FRAME_TEXT},
        {(uintptr_t)text_end, (uint32_t)((rodata_end - text_end) / SMALL_PAGE), LINTEL_FRAME_KERNEL},
        {page_at(ROOT_PAGE), 1, LINTEL_FRAME_ROOT},
        {page_at(PDPT_PAGE), 1, LINTEL_FRAME_PDPT},
        {page_at(PD_PAGE), 1, LINTEL_FRAME_PD},
        {page_at(IMAGE_PAGE), 2, LINTEL_FRAME_PT},
        {page_at(WINDOW_PAGE), 2, LINTEL_FRAME_PD},
        {page_at(SPARE_ROOT), 1, LINTEL_FRAME_ROOT},
    };
    const unsigned count = sizeof ranges / sizeof ranges[0];
    expect_equal(seal_declare((uintptr_t)ranges, count), count);
}

int64_t seal_all(uint64_t root, uint64_t flags, uint64_t* culprit)
{
    int64_t result;
    for (unsigned calls = 0; (result = call(LINTEL_HC_seal, root, flags, 0, 0, culprit)) > 0; ++calls)
        if (calls == 1000)
            failure("the seal does not come to an end");
    return result;
}

int64_t seal_child(uint64_t unused)
{
    (void)unused;
    uint64_t culprit;
    build_tables();
    declare_tables();
    const int64_t status = seal_all(page_at(ROOT_PAGE), 0, &culprit);
    if (status != 0)
        failure("seal gives %ld for %lx", status, culprit);
    return 0;
}

int64_t pt_exchange(uint64_t entry, uint64_t value, uint64_t* old)
{
    return call(LINTEL_HC_pt_exchange, entry, value, 0, 0, old);
}

int64_t pt_donate(uint64_t address, uint64_t pages)
{
    return call(LINTEL_HC_pt_donate, address, pages, 0, 0, NULL);
}

int64_t pt_batch(unsigned first, unsigned end)
{
    return call(LINTEL_HC_pt_batch, first, end, 0, 0, NULL);
}

int64_t pt_withdraw_all(uint64_t address, uint64_t pages, uint64_t* culprit)
{
    int64_t result;
    for (unsigned calls = 0;
         (result = call(LINTEL_HC_pt_withdraw, address, pages, 0, 0, culprit)) > 0; ++calls)
        if (calls == 100000)
            failure("the withdrawal does not come to an end");
    return result;
}

int64_t text_write(uint64_t address, uint64_t value, uint64_t bytes)
{
    return call(LINTEL_HC_text_write, address, value, bytes, 0, NULL);
}

volatile struct lintel_seal_slot* command_buffer(void)
{
    return (volatile struct lintel_seal_slot*)(LINTEL_WINDOW_COMMAND + this_vcpu() * SMALL_PAGE);
}

int64_t one_command(unsigned operation, uint64_t address, uint64_t operand)
{
    command_buffer()[0].word[0] = address | operation;
    command_buffer()[0].word[1] = operand;
    return pt_batch(0, 1);
}

int64_t change_entries(uint64_t address, uint64_t count, uint64_t keep, uint64_t set)
{
    command_buffer()[0].word[0] = address | LINTEL_SEAL_CHANGE;
    command_buffer()[0].word[1] = count;
    command_buffer()[1].word[0] = keep;
    command_buffer()[1].word[1] = set;
    return pt_batch(0, 2);
}
