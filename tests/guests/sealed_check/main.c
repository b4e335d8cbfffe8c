// SPDX-License-Identifier: Apache-2.0
// Check mode: a child whose stores to sealed tables are reported and let through.
//
// A store to an entry happens, by a single one and by a string instruction, and is counted; so is one that
// leaves what no command could; afterwards the page is protected again. Commands work as always. Class:
// single steps by the hypervisor, which a guest may see (XSA-308, XSA-444).
#include "sealed.h"

#include "domain.h"
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "window.h"

#define SPOT 300

static int64_t stores(uint64_t unused)
{
    (void)unused;
    volatile uint64_t* const entry = (volatile uint64_t*)entry_at(RAM_PAGE, SPOT);
    const uint64_t data = page_at(SPOT) | DATA_RIGHTS;
    uint64_t old, before = stats[0].protected_stores;
    for (unsigned i = 0; i < 5; ++i) {
        *entry = 0x1000 * i;
        expect_equal(*entry, 0x1000 * i);
    }
    expect_equal(stats[0].protected_stores, before + 5);
    *entry = page_at(SPOT) | PAGE_PRESENT; // no command stores that
    expect_equal(*entry, page_at(SPOT) | PAGE_PRESENT);
    expect_equal(pt_exchange(entry_at(RAM_PAGE, SPOT), data, &old), 0);
    expect_equal(old, page_at(SPOT) | PAGE_PRESENT);
    before = stats[0].protected_stores;
    void* to = (void*)entry_at(RAM_PAGE, SPOT + 1);
    uint64_t count = 4;
    asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0ull) : "memory");
    expect_equal(stats[0].protected_stores, before + 4);
    expect_equal(*(volatile uint64_t*)entry_at(RAM_PAGE, SPOT + 4), 0);
    for (unsigned i = 1; i < 5; ++i)
        expect_equal(one_command(LINTEL_SEAL_SET, entry_at(RAM_PAGE, SPOT + i),
                                 page_at(SPOT + i) | DATA_RIGHTS),
                     1);
    expect_equal(stats[0].protected_stores, before + 4);
    return 0;
}

void test(void)
{
    struct lintel_domain_create wanted = sealable_child(1);
    wanted.flags |= LINTEL_DOMAIN_SEAL_CHECK;
    struct child child = child_make(&wanted);
    expect_equal(child_call(&child, seal_child, 0), 0);
    child_call(&child, stores, 0);
    child_destroy(&child);
}
