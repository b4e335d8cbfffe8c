// SPDX-License-Identifier: Apache-2.0
// The hypervisor's memory, through every mapping a guest can make.
//
// A guest writes its own page tables, so any physical address can stand in them; EPT is what keeps
// it out. Each variant makes one access that must be the end of the domain, with the reason "access
// to guest-physical memory it does not have": reading, writing and executing the hypervisor's image
// (1 MiB) through small and large pages, using its frames as page tables, reading its heap, and
// writing or executing what is shown read-only. Class: XSA-148, XSA-182, XSA-212, XSA-401.
#include <stdint.h>

#include "paging.h"
#include "processor.h"
#include "result.h"
#include "start_info.h"
#include "window.h"

#define IMAGE 0x100000ull
#define ATTACK(name) __attribute__((unused)) static void name(void)

static void look(uint64_t address)
{
    print("read %lx", *(volatile uint64_t*)address);
}
static void scribble(uint64_t address)
{
    *(volatile uint64_t*)address = 0x6c6174746c6f6f66;
}
static void go_to(uint64_t address)
{
    ((void (*)(void))address)();
}
static void put_into_pml4(uint64_t table)
{
    pml4[300] = table | PAGE_PRESENT | PAGE_WRITABLE;
    look(0xffff000000000000 | 300ull << 39);
}

ATTACK(read_small)
{
    look((uintptr_t)map_small(FREE_VIRTUAL, IMAGE, PAGE_WRITABLE));
}
ATTACK(read_large)
{
    look((uintptr_t)map_large(FREE_VIRTUAL, 0, PAGE_WRITABLE) + IMAGE);
}
ATTACK(write_small)
{
    scribble((uintptr_t)map_small(FREE_VIRTUAL, IMAGE, PAGE_WRITABLE));
}
ATTACK(write_large)
{
    scribble((uintptr_t)map_large(FREE_VIRTUAL, 0, PAGE_WRITABLE) + IMAGE);
}
ATTACK(execute)
{
    go_to((uintptr_t)map_small(FREE_VIRTUAL, IMAGE, 0));
}
ATTACK(cr3)
{
    write_cr3(IMAGE);
}
ATTACK(page_table)
{
    put_into_pml4(IMAGE);
}
ATTACK(heap_bottom)
{
    look(hypervisor_heap()->address);
}
ATTACK(heap_top)
{
    look(memory_end(hypervisor_heap()) - 8);
}
ATTACK(window_root_write)
{
    scribble(info->window_root + 8 * 511);
}
ATTACK(info_write)
{
    scribble(info_address());
}
ATTACK(time_write)
{
    scribble(info->time_gpa);
}
ATTACK(stats_write)
{
    scribble(info->stats_gpa);
}
ATTACK(window_execute)
{
    events->pending[0] = 0xc3c3c3c3c3c3c3c3; // RET
    go_to(info->events_gpa);
}
ATTACK(device_execute)
{
    go_to((uintptr_t)map_small(FREE_VIRTUAL, 0xfee00000, 0));
}

void test(void)
{
    about_to_die("access to guest-physical memory it does not have");
    VARIANT();
    survived();
}
