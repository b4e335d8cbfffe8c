// SPDX-License-Identifier: Apache-2.0
// Register pages of devices that the hypervisor keeps: local APIC, I/O APIC, HPET.
//
// They read as ones until the guest writes them, and what it writes goes nowhere: the hypervisor's
// timer comes as before after all of the local APIC's page was overwritten. Device memory above 4
// GiB, which is mapped when it is touched, can be read and written, and everything up there is not
// the hypervisor's. Class: device state of the hypervisor's that a guest reaches.
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "upcall.h"

static volatile uint32_t* page(uint64_t physical)
{
    return (volatile uint32_t*)physical;
}

static void check_ones(const char* what, uint64_t physical)
{
    for (unsigned i = 0; i < 1024; ++i)
        if (page(physical)[i] != 0xffffffff) {
            print("%s: word %u is %x", what, i, page(physical)[i]);
            expect(!"ones");
            return;
        }
}

static bool timer_comes(void)
{
    const uint64_t before = upcall_count();
    timer_set(system_time() + 1000000);
    return wait_for_upcall(before, 100000000);
}

void test(void)
{
    static const uint64_t pages[] = {0xfee00000, 0xfec00000, 0xfed00000};
    upcall_start();
    expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, 0), 1);
    expect(timer_comes());
    check_ones("local APIC", pages[0]);
    check_ones("I/O APIC", pages[1]);
    check_ones("HPET", pages[2]);
    for (unsigned p = 0; p < 3; ++p)
        for (unsigned i = 0; i < 1024; i += 4)
            page(pages[p])[i] = 0;
    expect(timer_comes());

    const uint64_t places[] = {1ull << 38, (1ull << 38) + (3ull << 30) + 0x123000, 1ull << 39};
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; ++i) {
        volatile uint64_t* const word =
            map_small(FREE_VIRTUAL + i * SMALL_PAGE, places[i], PAGE_WRITABLE);
        *word = 1;
        print("device memory at %lx reads %lx", places[i], *word);
    }
    expect(timer_comes());
}
