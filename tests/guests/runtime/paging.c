// SPDX-License-Identifier: Apache-2.0
// Page tables from a small pool; nothing is ever given back.
#include "paging.h"

#include "processor.h"
#include "result.h"

static uint64_t tables[16][512] __attribute__((aligned(4096)));
static unsigned used;

static uint64_t* child(uint64_t* entry)
{
    const uint64_t address = 0x000ffffffffff000;
    if ((*entry & PAGE_PRESENT) == 0) {
        if (used == sizeof tables / sizeof tables[0])
            error("out of page tables");
        *entry = (uintptr_t)tables[used++] | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    }
    return (uint64_t*)(*entry & address);
}

static uint64_t* directory_entry(uint64_t virtual)
{
    uint64_t* pdpt = child(&pml4[virtual >> 39 & 511]);
    uint64_t* pd = child(&pdpt[virtual >> 30 & 511]);
    return &pd[virtual >> 21 & 511];
}

void* map_large(uint64_t virtual, uint64_t physical, uint64_t rights)
{
    *directory_entry(virtual) = physical | rights | PAGE_PRESENT | PAGE_LARGE;
    invlpg((void*)virtual);
    return (void*)virtual;
}

void* map_small(uint64_t virtual, uint64_t physical, uint64_t rights)
{
    child(directory_entry(virtual))[virtual >> 12 & 511] = physical | rights | PAGE_PRESENT;
    invlpg((void*)virtual);
    return (void*)virtual;
}
