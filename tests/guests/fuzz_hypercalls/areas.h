/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest-physical places that calls may name: memory that nobody minds to be written, memory that
 * can be given away, and addresses where there is no RAM. All other RAM is the fuzzer's own.
 */
#ifndef FUZZ_AREAS_H
#define FUZZ_AREAS_H

#include "processor.h"
#include "start_info.h"
#include "stream.h"
#include "window.h"

#define PAGE 4096ull
#define LARGE (512 * PAGE)

enum {
    AREA = 2 * 4096, /* addresses are drawn from here, */
    SLACK = 4096     /* and buffers may reach into this */
};
static char readable[AREA + SLACK] __attribute__((aligned(4096))); /* dots, and nobody writes it */
static char writable[AREA + SLACK] __attribute__((aligned(4096)));
static uint64_t releasable; /* two large pages of RAM, aligned */
#define RELEASABLE (2 * LARGE)

static inline uint64_t address_of(const void* object)
{
    return (uintptr_t)object;
}

static bool overlaps(uint64_t one, uint64_t bytes, uint64_t other, uint64_t other_bytes)
{
    return one < other + other_bytes && other < one + bytes;
}

/* Whether the address, or the page's worth behind it, is RAM of the domain. */
static bool in_ram(uint64_t address)
{
    for (uint32_t i = 0; i < start_info()->memory_map_entries; ++i) {
        const struct start_info_memory* entry = &memory_map()[i];
        if (entry->type == MEMORY_RAM && address < memory_end(entry) &&
            (address >= entry->address || address + PAGE > entry->address))
            return true;
    }
    return false;
}

/* Aligned RAM behind the kernel that no module lies in; 0 if there is none. */
static uint64_t find_releasable(void)
{
    const uint64_t behind_kernel = 0x400000;
    const struct start_info_memory* ram = memory_above(0x100000, MEMORY_RAM);
    const uint64_t* module = (const uint64_t*)start_info()->module_list; /* address, size */
    if (ram == NULL)
        return 0;
    for (uint64_t at = behind_kernel; at + RELEASABLE <= memory_end(ram); at += LARGE)
        if (start_info()->modules == 0 || !overlaps(at, RELEASABLE, module[0], module[1]))
            return at;
    return 0;
}

/* An address where there is no RAM, or none of the domain's. */
static uint64_t outside(struct stream* stream)
{
    const struct start_info_memory* heap = hypervisor_heap();
    const uint64_t places[] = {info->window_root,
                               info->time_gpa,
                               info->events_gpa,
                               info->stats_gpa,
                               info_address(),
                               heap == NULL ? 0xa0000 : heap->address,
                               heap == NULL ? 0xa0000 : memory_end(heap) - PAGE,
                               0xa0000,
                               0xfec00000,
                               0xfee00000,
                               0xfffffff0,
                               1ull << 32,
                               1ull << 39,
                               1ull << 47,
                               1ull << 48,
                               1ull << 52,
                               1ull << 63,
                               ~0ull - PAGE + 1,
                               ~0ull - 7,
                               ~0ull};
    const uint64_t place = places[below(stream, sizeof places / sizeof places[0])];
    const uint64_t more = one_in(stream, 2) ? 0 : below(stream, 64) * 8;
    return place + more < place ? place : place + more; /* RAM begins at 0 */
}

#endif
