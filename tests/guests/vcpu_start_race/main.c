// SPDX-License-Identifier: Apache-2.0
// vcpu_start against itself, and against a structure that changes.
//
// First two vCPUs start the same third one at once, over and over: exactly one of them succeeds
// each time. Then one starts a vCPU while another flips the structure between a legal and an
// illegal state at full speed: the start succeeds or is refused, and whenever it succeeds the vCPU
// runs in the legal state; a half-checked one would fail VM entry and end the domain. Class:
// XSA-155 (double fetch); races for an object's state (XSA-343).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"

#define ROUNDS 300u

void count_and_stop(void);
volatile uint32_t lives;
asm(".text\n count_and_stop: lock incl lives\n mov $13, %eax\n xor %edi, %edi\n vmcall\n ud2\n");

static struct barrier barrier;
static volatile uint32_t successes, over;
static unsigned target;

static int64_t start_target(void)
{
    return vcpu_start_at(target, (uintptr_t)count_and_stop, 0, 0, read_cr3());
}

static void compete(void* unused)
{
    (void)unused;
    for (unsigned round = 0; round < ROUNDS; ++round) {
        meet(&barrier, 2);
        const int64_t status = start_target();
        if (status == 0)
            __atomic_add_fetch(&successes, 1, __ATOMIC_SEQ_CST);
        else
            expect_equal(status, LINTEL_EBUSY);
        meet(&barrier, 2);
        if (this_vcpu() == 0) {
            // The second start may also have come when the first life was over.
            expect(successes >= 1 && successes <= 2);
            vcpu_join(target);
            expect_equal(lives, successes);
            successes = lives = 0;
        }
    }
}

static struct lintel_vcpu_start flipped;

static void flip(void* unused)
{
    (void)unused;
    volatile struct lintel_vcpu_start* const start = &flipped;
    while (over == 0) {
        start->rip = 1ull << 63;
        start->rip = (uintptr_t)count_and_stop;
        start->cr3 = ~0ull;
        start->cr3 = read_cr3();
        start->rsp = 0x0000800000000000;
        start->rsp = 0;
        start->reserved[3] = 1;
        start->reserved[3] = 0;
    }
}

void test(void)
{
    need_vcpus(3);
    target = 2;
    vcpu_run(1, compete, NULL);
    compete(NULL);
    vcpu_join(1);

    flipped = (struct lintel_vcpu_start){.rip = (uintptr_t)count_and_stop, .cr3 = read_cr3()};
    vcpu_run(1, flip, NULL);
    unsigned started = 0, refused = 0;
    for (unsigned round = 0; round < 20 * ROUNDS; ++round) {
        const int64_t status = vcpu_start(target, (uintptr_t)&flipped);
        started += status == 0;
        refused += status == LINTEL_EINVAL;
        expect(status == 0 || status == LINTEL_EINVAL);
        vcpu_join(target);
    }
    print("%u started, %u refused", started, refused);
    expect_equal(lives, started);
    over = 1;
    vcpu_join(1);
}
