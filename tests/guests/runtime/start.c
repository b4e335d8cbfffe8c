// SPDX-License-Identifier: Apache-2.0
// From 64-bit mode to the test: detects the hypervisor, shows its window, takes exceptions.
#include "start_info.h"

#include <lintel/cpuid.h>

#include "child.h"
#include "ordinary.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "window.h"

uint32_t start_info_address;
_Noreturn void finish(void);

uint64_t info_address(void)
{
    const struct cpuid leaf = cpuid(LINTEL_CPUID_INFO, 0);
    return (uint64_t)leaf.edx << 32 | leaf.ecx;
}

static const struct lintel_info* find_info(void)
{
    const struct cpuid signature = cpuid(LINTEL_CPUID_SIGNATURE, 0);
    if (signature.ebx != LINTEL_SIGNATURE_EBX || signature.ecx != LINTEL_SIGNATURE_ECX ||
        signature.edx != LINTEL_SIGNATURE_EDX)
        error("the hypervisor's signature is not in CPUID");
    return (const struct lintel_info*)info_address();
}

void start(void)
{
    fill_idt();
    load_traps(0);
    const struct lintel_info* found = find_info();
    if (found->magic != LINTEL_INFO_MAGIC || found->revision != LINTEL_ABI_REVISION)
        error("the information page is not there");
    pml4[LINTEL_WINDOW_SLOT] = found->window_root | PAGE_PRESENT | PAGE_WRITABLE;
    if ((found->flags & LINTEL_INFO_PRIVILEGED) != 0)
        test();
    else if (ordinary_main != NULL)
        ordinary_main();
    else
        child_main();
    finish();
}

const struct start_info* start_info(void)
{
    return (const struct start_info*)(uintptr_t)start_info_address;
}

const struct start_info_memory* memory_above(uint64_t address, uint32_t type)
{
    const struct start_info_memory* best = NULL;
    for (uint32_t i = 0; i < start_info()->memory_map_entries; ++i) {
        const struct start_info_memory* entry = &memory_map()[i];
        if (entry->type == type && entry->address >= address &&
            (best == NULL || entry->address < best->address))
            best = entry;
    }
    return best;
}

static bool module_lies_in(uint64_t begin, uint64_t end)
{
    const uint64_t* const module = (const uint64_t*)start_info()->module_list; // address, size
    return start_info()->modules != 0 && module[0] < end && begin < module[0] + module[1];
}

uint64_t spare_ram(uint64_t bytes)
{
    const uint64_t kernels_end = 0x400000;
    for (uint32_t i = 0; i < start_info()->memory_map_entries; ++i) {
        const struct start_info_memory* const entry = &memory_map()[i];
        uint64_t at = entry->address < kernels_end ? kernels_end : entry->address;
        at = (at + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
        for (; entry->type == MEMORY_RAM && at + bytes <= memory_end(entry); at += LARGE_PAGE)
            if (!module_lies_in(at, at + bytes))
                return at;
    }
    error("there are no %lu bytes of free RAM", bytes);
}
