/* SPDX-License-Identifier: Apache-2.0 */
/* The test's own page tables. */
#ifndef RUNTIME_PAGING_H
#define RUNTIME_PAGING_H

#include <stdint.h>

#define PAGE_PRESENT 0x1ull
#define PAGE_WRITABLE 0x2ull
#define PAGE_USER 0x4ull
#define PAGE_LARGE 0x80ull
#define PAGE_NO_EXECUTE (1ull << 63)

#define SMALL_PAGE 0x1000ull
#define LARGE_PAGE 0x200000ull

extern uint64_t pml4[512];

/* Maps one page at a virtual address outside of the 1:1 map, replacing what was there. */
void* map_small(uint64_t virtual, uint64_t physical, uint64_t rights);
void* map_large(uint64_t virtual, uint64_t physical, uint64_t rights);

#define FREE_VIRTUAL 0xffff800000000000ull /* nothing is mapped here: room for tests */

#endif
