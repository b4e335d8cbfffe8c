// SPDX-License-Identifier: Apache-2.0
// Several vCPUs release and claim the same memory at once.
//
// All vCPUs take random ranges of four large pages, which splits and joins them under each other's
// hands. Each frame is released by one and claimed by one: the sums must agree at the end, all of
// it can be claimed, and every frame that was claimed and filled is seen unchanged by its claimer.
// Class: XSA-328, XSA-480 (second-level tables edited while others walk and edit them).
#include "hypercall.h"
#include "paging.h"
#include "random.h"
#include "result.h"
#include "smp.h"
#include "start_info.h"

#define FRAMES 2048u
#define ROUNDS 1500u

static uint64_t area;
static volatile uint64_t released, claimed;
static struct barrier barrier;

static void add(volatile uint64_t* sum, int64_t result, unsigned most)
{
    if (result > 0)
        __atomic_add_fetch(sum, (uint64_t)result, __ATOMIC_SEQ_CST);
    // Busy is what another vCPU has released, but not every processor has forgotten yet, or what an
    // idle processor is erasing.
    const bool legal = (result >= 1 && result <= most) || result == LINTEL_EFAULT ||
                       (sum == &claimed && result == LINTEL_EBUSY);
    if (!legal)
        print("vCPU %u: %ld of %u", this_vcpu(), result, most);
    expect(legal);
}

static void change(void* unused)
{
    uint64_t state = RANDOM_SEED * (2 * this_vcpu() + 3);
    (void)unused;
    meet(&barrier, vcpu_count());
    for (unsigned i = 0; i < ROUNDS; ++i) {
        const uint64_t dice = random_next(&state);
        const unsigned first = (unsigned)(dice % FRAMES), rest = FRAMES - first;
        const unsigned wanted = 1 + (unsigned)(dice >> 32) % (dice >> 20 & 1 ? 3 : 600);
        const unsigned count = wanted < rest ? wanted : rest;
        const uint64_t at = area + first * SMALL_PAGE;
        if (dice >> 21 & 1)
            add(&released, memory_release(at, count), count);
        else
            add(&claimed, memory_claim(at, count), count);
    }
    meet(&barrier, vcpu_count());
}

void test(void)
{
    need_vcpus(2);
    area = spare_ram(FRAMES * SMALL_PAGE);
    others_run(change, NULL);
    change(NULL);
    others_join();
    expect(released >= claimed);
    uint64_t missing = 0;
    for (unsigned frame = 0; frame < FRAMES; ++frame) {
        int64_t result = memory_claim(area + frame * SMALL_PAGE, 1);
        for (unsigned tries = 0; result == LINTEL_EBUSY && tries < 1000; ++tries) {
            vcpu_yield();
            result = memory_claim(area + frame * SMALL_PAGE, 1);
        }
        expect(result == 1 || result == LINTEL_EFAULT);
        missing += result == 1;
    }
    expect_equal(missing, released - claimed);
    for (unsigned frame = 0; frame < FRAMES; ++frame)
        *(volatile uint64_t*)(area + frame * SMALL_PAGE) = frame;
    for (unsigned frame = 0; frame < FRAMES; ++frame)
        expect_equal(*(volatile uint64_t*)(area + frame * SMALL_PAGE), frame);
}
