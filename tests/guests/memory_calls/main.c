// SPDX-License-Identifier: Apache-2.0
// memory_release and memory_claim with every wrong argument.
//
// Unaligned and absent addresses, no frames, more frames than there are, what is the hypervisor's,
// shared, a device's or was never the domain's, twice the same: each has the error of
// docs/abi/memory.md, three times, and changes nothing; a good call after them works. A range that
// starts in the domain's RAM and goes on into the hypervisor's ends where the RAM does. Class:
// XSA-277 (lock left held on an error path), XSA-212 (range checked by its beginning), XSA-167.
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "start_info.h"
#include "window.h"

static void refused(const char* what, uint64_t address, uint64_t frames, int64_t release,
                    int64_t claim)
{
    for (unsigned i = 0; i < 3; ++i) {
        const int64_t released = memory_release(address, frames);
        const int64_t claimed = memory_claim(address, frames);
        if (released != release || claimed != claim)
            print("%s: %lx, %lx frames", what, address, frames);
        expect_equal(released, release);
        expect_equal(claimed, claim);
    }
}

static void not_ours(const char* what, uint64_t address)
{
    refused(what, address, 1, LINTEL_EFAULT, LINTEL_EFAULT);
    refused(what, address, 512, LINTEL_EFAULT, LINTEL_EFAULT);
    refused(what, address, ~0ull, LINTEL_EFAULT, LINTEL_EFAULT);
    refused(what, address, 1ull << 52, LINTEL_EFAULT, LINTEL_EFAULT);
    refused(what, address + 1, 1, LINTEL_EINVAL, LINTEL_EINVAL);
    refused(what, address, 0, LINTEL_EINVAL, LINTEL_EINVAL);
}

static void check_good(uint64_t page)
{
    expect_equal(memory_claim(page, 1), LINTEL_EFAULT); // it is mapped
    expect_equal(memory_release(page, 1), 1);
    expect_equal(memory_release(page, 1), LINTEL_EFAULT); // it is gone
    expect_equal(memory_claim(page, 1), 1);
    expect_equal(memory_claim(page, 1), LINTEL_EFAULT);
    *(volatile uint64_t*)page = 1;
}

// Up to the end of RAM, and what follows is left alone.
static void check_end(void)
{
    const uint64_t end = hypervisor_heap()->address;
    expect_equal(memory_release(end - SMALL_PAGE, ~0ull), 1);
    expect_equal(memory_claim(end - SMALL_PAGE, ~0ull), 1);
    expect_equal(memory_release(end - 2 * SMALL_PAGE, 512), 2);
    expect_equal(memory_claim(end - 2 * SMALL_PAGE, 1ull << 52), 2);
    *(volatile uint64_t*)(end - 8) = 1;
}

void test(void)
{
    const uint64_t page = spare_ram(LARGE_PAGE) + 5 * SMALL_PAGE;
    for (unsigned offset = 1; offset < SMALL_PAGE; offset *= 2)
        refused("unaligned", page + offset, 1, LINTEL_EINVAL, LINTEL_EINVAL);
    refused("no frames", page, 0, LINTEL_EINVAL, LINTEL_EINVAL);
    for (unsigned bit = 0; bit < 64; ++bit) {
        expect_equal(hypercall(LINTEL_HC_memory_release, page, 1, 1ull << bit, 0, 0),
                     LINTEL_EINVAL);
        expect_equal(hypercall(LINTEL_HC_memory_claim, page, 1, 1ull << bit, 0, 0), LINTEL_EINVAL);
    }
    check_good(page);
    not_ours("the hypervisor's image", 0x100000);
    not_ours("the hypervisor's heap", hypervisor_heap()->address);
    not_ours("the end of its heap", memory_end(hypervisor_heap()) - SMALL_PAGE);
    not_ours("the information page", info_address());
    not_ours("the time page", info->time_gpa);
    not_ours("the events page", info->events_gpa);
    not_ours("the statistics page", info->stats_gpa);
    not_ours("the window's root", info->window_root);
    not_ours("the local APIC", 0xfee00000);
    not_ours("ROM", 0xfffff000);
    not_ours("VGA memory", 0xb8000);
    not_ours("device memory", 1ull << 38);
    not_ours("what no address reaches", 1ull << 52);
    not_ours("the last page", ~0xfffull);
    not_ours("a virtual address", LINTEL_WINDOW_EVENTS);
    for (unsigned bit = 40; bit < 64; ++bit)
        not_ours("an alias of RAM", page | 1ull << bit);
    check_good(page);
    check_end();
}
