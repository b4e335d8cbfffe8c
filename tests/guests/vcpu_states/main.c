// SPDX-License-Identifier: Apache-2.0
// What vcpu_state tells, and the calls that take a vCPU's number.
//
// A vCPU is seen stopped, runnable and blocked as it is; one that is stopped stays so. vcpu_state,
// vcpu_kick, vcpu_nmi, event_bind_ipi, event_bind_virq, event_move and time_register take every
// vCPU that there is and refuse all others, with whatever stands in the upper half. Class: an index
// that one call bounds and another does not (XSA-317, XSA-342).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"

static volatile uint32_t step;
static struct lintel_time_record records[MAX_VCPUS] __attribute__((aligned(32)));

static void live(void* unused)
{
    (void)unused;
    step = 1;
    while (step == 1)
        pause();
    while (step == 2)
        vcpu_wait();
}

static void check_life(unsigned vcpu)
{
    expect_equal(vcpu_state(vcpu), LINTEL_VCPU_STOPPED);
    step = 0;
    vcpu_run(vcpu, live, NULL);
    wait_for(&step, 1);
    for (unsigned i = 0; i < 1000; ++i)
        expect_equal(vcpu_state(vcpu), LINTEL_VCPU_RUNNABLE);
    step = 2;
    const uint64_t limit = 1000000;
    uint64_t asked = 0;
    while (vcpu_state(vcpu) != LINTEL_VCPU_BLOCKED && asked++ < limit)
        vcpu_yield();
    for (unsigned i = 0; i < 1000; ++i)
        expect_equal(vcpu_state(vcpu), LINTEL_VCPU_BLOCKED);
    step = 3;
    expect_equal(vcpu_kick(vcpu), 0);
    vcpu_join(vcpu);
    for (unsigned i = 0; i < 1000; ++i)
        expect_equal(vcpu_state(vcpu), LINTEL_VCPU_STOPPED);
}

static bool ignore(struct frame* frame)
{
    (void)frame;
    return true;
}

void test(void)
{
    const uint64_t port = (uint64_t)event_bind_ipi(0);
    const uint64_t wild[] = {vcpu_count(), 47,         48,           1u << 31,
                             0xffffffff,   1ull << 32, ~0ull,        (1ull << 32) | 1,
                             1ull << 63,   MAX_VCPUS,  MAX_VCPUS + 1};
    need_vcpus(2);
    on_vector(VECTOR_NMI, ignore);
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        check_life(vcpu);
    for (unsigned i = 0; i < sizeof wild / sizeof wild[0]; ++i) {
        if (wild[i] < vcpu_count())
            continue;
        expect_equal(vcpu_state(wild[i]), LINTEL_ENOENT);
        expect_equal(vcpu_kick(wild[i]), LINTEL_ENOENT);
        expect_equal(vcpu_nmi(wild[i]), LINTEL_ENOENT);
        expect_equal(event_bind_ipi(wild[i]), LINTEL_ENOENT);
        expect_equal(event_bind_virq(LINTEL_VIRQ_TIMER, wild[i]), LINTEL_ENOENT);
        expect_equal(event_move(port, wild[i]), LINTEL_ENOENT);
        expect_equal(time_register(wild[i], (uintptr_t)&records[0]), LINTEL_ENOENT);
    }
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu) {
        expect_equal(vcpu_kick(vcpu), 0);
        expect_equal(vcpu_nmi(vcpu), 0);
        expect(event_bind_ipi(vcpu) > 0);
        expect(event_bind_virq(LINTEL_VIRQ_TIMER, vcpu) > 0);
        expect_equal(event_move(port, vcpu), 0);
        expect_equal(time_register(vcpu, (uintptr_t)&records[vcpu]), 0);
        expect(records[vcpu].tsc_to_system_mul != 0);
    }
}
