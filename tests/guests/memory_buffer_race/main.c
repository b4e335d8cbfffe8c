// SPDX-License-Identifier: Apache-2.0
// Hypercall buffers that go while the call uses them.
//
// One vCPU calls time_register, console_read, msi_bind, vcpu_start and console_write with a buffer
// that another gives back and claims again without end. Each call succeeds or gives LINTEL_EFAULT;
// the hypervisor must never read or write a frame that has gone. What a call wrote lies in the page
// or is lost with it: a page that came back is clear but for what was written since. Class: checks
// that are stale when they are used (XSA-155, XSA-401).
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "start_info.h"

#define ROUNDS 3000u

static uint64_t page;
static volatile uint32_t over;

static void come_and_go(void* unused)
{
    (void)unused;
    while (over == 0) {
        const int64_t result = memory_release(page, 1);
        if (result != 1)
            failure("memory_release gives %ld", result);
        for (unsigned i = 0; i < 20; ++i)
            pause();
        const int64_t back = memory_claim(page, 1);
        if (back != 1)
            failure("memory_claim gives %ld", back);
        // Nothing else than a time record or a message may have been written by now.
        for (unsigned word = 8; word < 512; ++word)
            expect_equal(((volatile uint64_t*)page)[word], 0);
    }
}

static bool legal(int64_t result)
{
    return result >= 0 || result == LINTEL_EFAULT;
}

void test(void)
{
    need_vcpus(2);
    page = spare_ram(LARGE_PAGE) + 9 * SMALL_PAGE;
    vcpu_run(1, come_and_go, NULL);
    unsigned refused = 0, taken = 0;
    for (unsigned i = 0; i < ROUNDS; ++i) {
        const int64_t recorded = time_register(0, page);
        expect(legal(recorded));
        expect(legal(console_read(page, 64)));
        const int64_t bound = msi_bind(page + 32, 0);
        expect(legal(bound));
        if (bound > 0)
            expect_equal(event_close((uint64_t)bound), 0);
        const int64_t started = vcpu_start(0, page);
        expect(started == LINTEL_EFAULT || started == LINTEL_EINVAL || started == LINTEL_EBUSY);
        refused += recorded < 0;
        taken += recorded == 0;
    }
    over = 1;
    vcpu_join(1);
    print("%u refused, %u taken", refused, taken);
    *(volatile uint64_t*)page = 1; // it is back
}
