// SPDX-License-Identifier: Apache-2.0
// Access to memory that was given back.
//
// Each variant releases memory and then touches it in its own way: reading, writing, executing,
// as a page table, as a stack, one page of a large one, just beyond what was claimed again, and the
// very page that this code runs on. Every one must be the end of the domain with the reason
// "access to guest-physical memory it does not have". Class: XSA-286, XSA-328 (translations that
// outlive the entry they came from).
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "start_info.h"

#define VARIANT_OF(name) __attribute__((unused)) static void name(uint64_t area)

static uint64_t touched(uint64_t address)
{
    return *(volatile uint64_t*)address += 1; // so that its translation is cached
}
static void release(uint64_t address, uint64_t frames)
{
    expect_equal(memory_release(address, frames), (int64_t)frames);
}

VARIANT_OF(read)
{
    touched(area + SMALL_PAGE);
    release(area + SMALL_PAGE, 1);
    print("read %lx", *(volatile uint64_t*)(area + SMALL_PAGE));
}
VARIANT_OF(write)
{
    touched(area + SMALL_PAGE);
    release(area + SMALL_PAGE, 1);
    *(volatile uint64_t*)(area + SMALL_PAGE) = 1;
}
VARIANT_OF(execute)
{
    *(uint8_t*)area = 0xc3;
    ((void (*)(void))area)();
    release(area, 1);
    ((void (*)(void))area)();
}
VARIANT_OF(large)
{
    touched(area + 300 * SMALL_PAGE);
    release(area, 512);
    print("read %lx", *(volatile uint64_t*)(area + 300 * SMALL_PAGE));
}
VARIANT_OF(page_table)
{
    uint64_t* const table = (uint64_t*)area;
    for (unsigned i = 0; i < 512; ++i)
        table[i] = 0;
    pml4[300] = area | PAGE_PRESENT | PAGE_WRITABLE;
    release(area, 1);
    print("read %lx", *(volatile uint64_t*)(0xffff000000000000 | 300ull << 39));
}
VARIANT_OF(stack)
{
    touched(area + SMALL_PAGE - 8);
    release(area, 1);
    asm volatile("mov %0, %%rsp\n push %%rax" : : "r"(area + SMALL_PAGE) : "memory");
}
VARIANT_OF(claimed_part)
{
    release(area, 8);
    expect_equal(memory_claim(area, 7), 7);
    touched(area + 6 * SMALL_PAGE);
    touched(area + 7 * SMALL_PAGE);
}
VARIANT_OF(own_code)
{
    release((uintptr_t)own_code & ~0xfffull, 1);
    (void)area;
}

void test(void)
{
    about_to_die("access to guest-physical memory it does not have");
    VARIANT(spare_ram(LARGE_PAGE));
    survived();
}
