/* SPDX-License-Identifier: Apache-2.0 */
/* The PVH start information. Layout: Xen's "x86/HVM direct boot ABI". */
#ifndef RUNTIME_START_INFO_H
#define RUNTIME_START_INFO_H

#include <stddef.h>
#include <stdint.h>

struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t module_list, command_line, rsdp, memory_map;
    uint32_t memory_map_entries, reserved;
};

enum {
    MEMORY_RAM = 1,
    MEMORY_RESERVED = 2,
    MEMORY_OF_OTHERS = 5,
    MEMORY_ACPI = 3
};
struct start_info_memory {
    uint64_t address, size;
    uint32_t type, padding;
};

const struct start_info* start_info(void);

static inline const struct start_info_memory* memory_map(void)
{
    return (const struct start_info_memory*)start_info()->memory_map;
}
static inline uint64_t memory_end(const struct start_info_memory* entry)
{
    return entry->address + entry->size;
}
/* The lowest entry of this type that begins at `address` or higher; NULL if there is none. */
const struct start_info_memory* memory_above(uint64_t address, uint32_t type);

/* RAM that neither this kernel, nor modules, nor the runtime use, on a 2 MiB boundary. */
uint64_t spare_ram(uint64_t bytes);

/* What follows dom0's memory: the hypervisor's heap, which the map calls RAM of others. */
static inline const struct start_info_memory* hypervisor_heap(void)
{
    const uint64_t kernel = 0x200000;
    return memory_above(kernel, MEMORY_OF_OTHERS);
}

#endif
