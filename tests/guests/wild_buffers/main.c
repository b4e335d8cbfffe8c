// SPDX-License-Identifier: Apache-2.0
// Buffers that are not the domain's own RAM.
//
// console_write, console_read and time_register take guest-physical addresses. Whatever is not the
// caller's RAM must give LINTEL_EFAULT, before a byte is printed or stored: the hypervisor's image
// and heap, device registers, firmware tables, window pages, holes, addresses beyond the map and
// sums that wrap, also where only the end of the buffer lies there. Class: XSA-212 (a guest's
// address reaches hypervisor memory), and reading a pointer's range by its first page.
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "start_info.h"
#include "window.h"

static void refused(const char* what, uint64_t address, uint64_t bytes)
{
    const int64_t written = console_write(address, bytes), read = console_read(address, bytes);
    if (written != LINTEL_EFAULT || read != LINTEL_EFAULT)
        print("%s: %lu bytes at %lx", what, bytes, address);
    expect_equal(written, LINTEL_EFAULT);
    expect_equal(read, LINTEL_EFAULT);
}

static void nowhere(const char* what, uint64_t address)
{
    refused(what, address, 1);
    refused(what, address, LINTEL_CONSOLE_BYTES);
    if (address % 32 == 0)
        expect_equal(time_register(0, address), LINTEL_EFAULT);
}

void test(void)
{
    static char text[2 * SMALL_PAGE] __attribute__((aligned(4096)));
    static const struct {
        const char* what;
        uint64_t address;
    } places[] = {
        {"hypervisor's image", 0x100000},
        {"local APIC", 0xfee00000},
        {"I/O APIC", 0xfec00000},
        {"HPET", 0xfed00000},
        {"firmware's ROM", 0xfffff000},
        {"VGA memory", 0xb8000},
        {"device memory above 4 GiB", 1ull << 38},
        {"beyond the map", 1ull << 48},
        {"far beyond the map", 1ull << 63},
        {"last page there is", 0xfffffffffffff000},
        {"a virtual address", LINTEL_WINDOW_EVENTS},
    };
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; ++i)
        nowhere(places[i].what, places[i].address);
    nowhere("information page", info_address());
    nowhere("time page", info->time_gpa);
    nowhere("events page", info->events_gpa);
    nowhere("statistics page", info->stats_gpa);
    nowhere("window's root", info->window_root);

    // An alias of good memory: the same page number in the bits that are looked at.
    for (unsigned bit = 40; bit < 64; ++bit)
        nowhere("alias of RAM", (uintptr_t)text | 1ull << bit);

    // RAM, then what follows it.
    const uint64_t end = hypervisor_heap()->address;
    refused("end of RAM", end - 8, 16);
    refused("end of RAM", end - SMALL_PAGE + 1, SMALL_PAGE);
    nowhere("hypervisor's heap", end);
    refused("end of low RAM", 0x100000 - 8, 16);
    refused("around the end of all addresses", 0xfffffffffffffff8, 16);
    refused("around the end of all addresses", 0xfffffffffffff001, 4096);

    expect_equal(console_write((uintptr_t)text, LINTEL_CONSOLE_BYTES + 1), LINTEL_EINVAL);
    expect_equal(console_write((uintptr_t)text, ~0ull), LINTEL_EINVAL);
    expect_equal(console_read((uintptr_t)text, 1ull << 32), LINTEL_EINVAL);
    expect_equal(console_write((uintptr_t)text, 0), 0);
    for (unsigned i = 0; i < sizeof text; ++i)
        text[i] = i % 64 == 63 ? '\n' : '.';
    const int64_t taken = console_write((uintptr_t)text + 4096 - 64, 128); // across pages
    expect(taken > 0 && taken <= 128);
}
