// SPDX-License-Identifier: Apache-2.0
// A registered time record whose page is given back.
//
// The hypervisor keeps where a guest wants its record. When the page goes, so must that: nothing
// may be written there any more, neither while nobody has the page nor when it came back, clear. A
// record registered anew elsewhere works. Class: a pointer that outlives its page (use after free,
// as in XSA-350).
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "start_info.h"
#include "upcall.h"

static void provoke_writes(uint64_t other)
{
    const uint64_t begin = system_time();
    timer_set(0);
    while (system_time() - begin < 30000000)
        pause();
    expect_equal(time_register(0, other), 0);
}

void test(void)
{
    const uint64_t area = spare_ram(LARGE_PAGE);
    for (unsigned round = 0; round < 8; ++round) {
        const uint64_t page = area + (3 + round) * SMALL_PAGE;
        struct lintel_time_record* const record = (struct lintel_time_record*)(page + 32 * round);
        expect_equal(time_register(0, (uintptr_t)record), 0);
        expect(record->tsc_to_system_mul != 0);
        expect_equal(memory_release(page, 1), 1);
        provoke_writes(area);
        expect_equal(memory_claim(page, 1), 1);
        provoke_writes(area + 32);
        for (unsigned word = 0; word < 512; ++word)
            expect_equal(((volatile uint64_t*)page)[word], 0);
    }
    expect(((struct lintel_time_record*)(area + 32))->tsc_to_system_mul != 0);
}
