// SPDX-License-Identifier: Apache-2.0
// NMIs from one vCPU to another.
//
// They reach a vCPU that spins with interrupts off, one that sleeps in HLT with interrupts off or
// on, and one that handles another; a storm of them lets the victim make progress between, and each
// is handled by the vCPU that it was for. To a stopped vCPU they have no effect. Class: NMIs lost
// or delivered twice when the target is just being switched.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"

static volatile uint32_t counts[MAX_VCPUS], progress, step;
static volatile unsigned depth[MAX_VCPUS];

static bool on_nmi(struct frame* frame)
{
    const unsigned vcpu = this_vcpu();
    (void)frame;
    expect_equal(depth[vcpu]++, 0);
    __atomic_add_fetch(&counts[vcpu], 1, __ATOMIC_SEQ_CST);
    cpuid(0, 0);
    --depth[vcpu];
    return true;
}

static void victim(void* unused)
{
    (void)unused;
    while (step == 0)
        ++progress;
    while (step == 1)
        asm volatile("cli\n hlt" : : : "memory");
    upcall_start();
    while (step == 2)
        asm volatile("sti\n hlt\n cli" : : : "memory");
}

static void one(unsigned vcpu)
{
    const uint32_t before = counts[vcpu];
    expect_equal(vcpu_nmi(vcpu), 0);
    wait_for(&counts[vcpu], before + 1);
    nap(100000);
    expect_equal(counts[vcpu], before + 1);
}

static void check(unsigned vcpu)
{
    step = progress = 0;
    counts[vcpu] = 0;
    expect_equal(vcpu_nmi(vcpu), 0); // stopped
    vcpu_run(vcpu, victim, NULL);
    wait_for(&progress, 1);
    expect_equal(counts[vcpu], 0);
    for (unsigned i = 0; i < 20; ++i)
        one(vcpu);
    // A storm: no more than were sent, at least one, and the victim gets on.
    const uint32_t before = progress, counted = counts[vcpu];
    for (unsigned i = 0; i < 5000; ++i)
        vcpu_nmi(vcpu);
    wait_for(&counts[vcpu], counted + 1);
    nap(30000000);
    expect(counts[vcpu] - counted <= 5000);
    expect(progress != before);
    step = 1;
    nap(1000000);
    for (unsigned i = 0; i < 20; ++i)
        one(vcpu);
    step = 2;
    one(vcpu);
    for (unsigned i = 0; i < 20; ++i)
        one(vcpu);
    step = 3;
    one(vcpu); // lets it look at the step
    vcpu_join(vcpu);
}

void test(void)
{
    need_vcpus(2);
    on_vector(VECTOR_NMI, on_nmi);
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        check(vcpu);
    expect_equal(counts[0], 0);
}
