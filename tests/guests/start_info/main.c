// SPDX-License-Identifier: Apache-2.0
// The PVH start information.
//
// Magic and version; the command line ends and has the words that the runner gives; no more modules
// than can have been given; the memory map does not overlap, its RAM lies where this kernel does,
// covers neither the hypervisor's image nor the window's pages, and all of it can be written.
// Class: hypervisor memory offered to a guest as its own.
#include "start_info.h"

#include "result.h"
#include "window.h"

static uint32_t type_of(uint64_t address)
{
    for (uint32_t i = 0; i < start_info()->memory_map_entries; ++i) {
        const struct start_info_memory* entry = &memory_map()[i];
        if (address >= entry->address && address - entry->address < entry->size)
            return entry->type;
    }
    return 0;
}

static void check_map(void)
{
    const uint32_t entries = start_info()->memory_map_entries;
    expect(entries > 2 && entries < 128);
    for (uint32_t i = 0; i < entries; ++i) {
        const struct start_info_memory* entry = &memory_map()[i];
        print("%8lx..%8lx type %u", entry->address, memory_end(entry), entry->type);
        expect(entry->size != 0 && memory_end(entry) > entry->address);
        expect(entry->type >= 1 && entry->type <= 5);
        expect_equal(entry->padding, 0);
        for (uint32_t k = 0; k < i; ++k)
            expect(memory_end(&memory_map()[k]) <= entry->address ||
                   memory_end(entry) <= memory_map()[k].address);
    }
}

static void check_ram(void)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < start_info()->memory_map_entries; ++i) {
        const struct start_info_memory* entry = &memory_map()[i];
        if (entry->type != MEMORY_RAM)
            continue;
        total += entry->size;
        for (uint64_t at = entry->address; at < memory_end(entry); at += 0x10000) {
            volatile uint64_t* const word = (volatile uint64_t*)at;
            *word = *word; // the end of the domain if it is not ours
        }
        volatile uint64_t* const last = (volatile uint64_t*)(memory_end(entry) - 8);
        *last = *last;
    }
    expect(total >= 500ull << 20 && total <= 520ull << 20); // the runner gives 512 MiB
}

void test(void)
{
    const struct start_info* start = start_info();
    expect_equal(start->magic, 0x336ec578);
    expect_equal(start->version, 1);
    expect_equal(start->flags, 0);
    expect(start->modules <= 1); // the one with the next tests
    expect_equal(start->reserved, 0);
    const char* line = (const char*)start->command_line;
    unsigned length = 0;
    while (length < 4096 && line[length] != '\0')
        ++length;
    expect(length > 0 && length < 4096);
    expect(line[0] == 'c' && line[1] == 'o'); // console=
    expect_equal(start->rsdp != 0 ? *(const uint64_t*)start->rsdp : 0,
                 0x2052545020445352); // "RSD PTR "
    check_map();
    check_ram();
    const uint64_t of_others[] = {0x100000,         info_address(),  info->time_gpa,
                                 info->events_gpa, info->stats_gpa, info->window_root};
    for (unsigned i = 0; i < sizeof of_others / sizeof of_others[0]; ++i)
        expect_equal(type_of(of_others[i]), MEMORY_OF_OTHERS);
    expect_equal(type_of((uintptr_t)test), MEMORY_RAM);
    const uint32_t type = type_of((uintptr_t)start); // RAM, or what can be reclaimed as RAM
    expect(type == MEMORY_RAM || type == MEMORY_ACPI);
}
