// SPDX-License-Identifier: Apache-2.0
// Hypercall buffers that go while the call uses them.
//
// One vCPU calls time_register, console_read, msi_bind, vcpu_start and grant_unmap with a buffer
// that another gives back and claims again without end; of grant_unmap's array a part stays. Each
// call succeeds or gives LINTEL_EFAULT; the hypervisor must never read or write a frame that has
// gone. What a call wrote lies in the page or is lost with it: a page that came back is clear but
// for what was written since. Class: checks that are stale when they are used (XSA-155, XSA-401).
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "start_info.h"

#define ROUNDS 3000u
#define KEPT 4u // elements of an array that lie in the page before

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
        // Nothing else than a time record, a message or answers may have been written by now.
        for (unsigned word = 8; word < 512; ++word)
            expect_equal(((volatile uint64_t*)page)[word], 0);
    }
}

static bool legal(int64_t result)
{
    return result >= 0 || result == LINTEL_EFAULT;
}

// All of its elements are done or none: the array is looked up once.
static bool unmap_some(void)
{
    struct lintel_grant_unmap* const array = (struct lintel_grant_unmap*)page - KEPT;
    for (unsigned i = 0; i < KEPT; ++i)
        array[i].status = 1;
    const int64_t done = grant_unmap((uintptr_t)array, 2 * KEPT);
    if (done != 2 * KEPT && done != LINTEL_EFAULT)
        failure("grant_unmap gives %ld", done);
    for (unsigned i = 0; i < KEPT; ++i)
        expect_equal(array[i].status, done < 0 ? 1 : LINTEL_ENOENT);
    return done > 0;
}

void test(void)
{
    need_vcpus(2);
    page = spare_ram(LARGE_PAGE) + 9 * SMALL_PAGE;
    vcpu_run(1, come_and_go, NULL);
    unsigned refused = 0, taken = 0, batches = 0;
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
        batches += unmap_some();
        refused += recorded < 0;
        taken += recorded == 0;
    }
    over = 1;
    vcpu_join(1);
    print("%u refused, %u taken, %u batches", refused, taken, batches);
    *(volatile uint64_t*)page = 1; // it is back
}
