// SPDX-License-Identifier: Apache-2.0
// Starts vCPUs on functions, waits for them, and stops those that a test left running.
#include "smp.h"

#include <lintel/cpuid.h>

#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "upcall.h"
#include "window.h"

#define PATIENCE 5000000000ull /* ns of system time */

extern void vcpu_entry(void);

static struct work {
    excursion_function function;
    void* argument;
} work[MAX_VCPUS];
static char stacks[MAX_VCPUS][8192] __attribute__((aligned(16)));
static volatile bool stopping;

unsigned vcpu_count(void)
{
    return info->vcpus;
}

void need_vcpus(unsigned count)
{
    if (vcpu_count() < count)
        skip("it takes %u vCPUs", count);
}

/* Called by vcpu_entry on the vCPU's stack. */
void vcpu_main(unsigned vcpu)
{
    load_traps(vcpu);
    const unsigned told = cpuid(LINTEL_CPUID_VCPU, 0).eax;
    if (told != vcpu)
        error("vCPU %u is told that it is %u", vcpu, told);
    work[vcpu].function(work[vcpu].argument);
    const int64_t status = vcpu_stop();
    error("vcpu_stop returned %ld", status);
}

int64_t vcpu_start_at(unsigned vcpu, uint64_t rip, uint64_t rsp, uint64_t rdi, uint64_t cr3)
{
    const struct lintel_vcpu_start start = {.rip = rip, .rsp = rsp, .rdi = rdi, .cr3 = cr3};
    return vcpu_start(vcpu, (uintptr_t)&start);
}

void vcpu_run(unsigned vcpu, excursion_function function, void* argument)
{
    work[vcpu] = (struct work){function, argument};
    const int64_t status =
        vcpu_start_at(vcpu, (uintptr_t)vcpu_entry, (uintptr_t)stacks[vcpu + 1], vcpu, read_cr3());
    if (status != 0)
        error("vcpu_start of %u gives %ld", vcpu, status);
}

void spin_for(uint64_t ns)
{
    const uint64_t end = system_time() + ns;
    while (system_time() < end)
        ;
}

void nap(uint64_t ns)
{
    const uint64_t end = system_time() + ns;
    while (system_time() < end)
        vcpu_yield();
}

static void out_of_patience(uint64_t begin, const char* what)
{
    if (system_time() - begin > PATIENCE)
        failure("vCPU %u waited in vain for %s", this_vcpu(), what);
    vcpu_yield();
}

void vcpu_join(unsigned vcpu)
{
    const uint64_t begin = system_time();
    while (vcpu_state(vcpu) != LINTEL_VCPU_STOPPED)
        out_of_patience(begin, "another to stop");
}

void others_run(excursion_function function, void* argument)
{
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        vcpu_run(vcpu, function, argument);
}

void others_join(void)
{
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        vcpu_join(vcpu);
}

void wait_for(const volatile uint32_t* word, uint32_t value)
{
    const uint64_t begin = system_time();
    for (unsigned spins = 0; __atomic_load_n(word, __ATOMIC_SEQ_CST) < value; ++spins)
        if (spins % 64 == 63)
            out_of_patience(begin, "a word to change");
        else
            pause();
}

void meet(struct barrier* barrier, unsigned count)
{
    const uint32_t round = __atomic_load_n(&barrier->round, __ATOMIC_SEQ_CST);
    if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_SEQ_CST) == count) {
        barrier->arrived = 0;
        __atomic_store_n(&barrier->round, round + 1, __ATOMIC_SEQ_CST);
    } else {
        wait_for(&barrier->round, round + 1);
    }
}

void stop_if_told(void)
{
    if (stopping && this_vcpu() != 0)
        vcpu_stop();
}

bool others_stop(void)
{
    const uint64_t begin = system_time();
    stopping = true;
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        while (vcpu_state(vcpu) != LINTEL_VCPU_STOPPED) {
            if (system_time() - begin > PATIENCE)
                return false;
            vcpu_nmi(vcpu);
            vcpu_yield();
        }
    stopping = false;
    return true;
}
