// SPDX-License-Identifier: Apache-2.0
// System time on several vCPUs.
//
// Every vCPU's record gives the same time at the same moment: a time stamp that goes from vCPU to
// vCPU thousands of times must never be later than the receiver's own time. Records registered in
// RAM for all vCPUs, by all vCPUs at once, are whole whenever they are read. Class: time that goes
// backwards across processors; a record torn by two writers.
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "upcall.h"
#include "window.h"

#define TURNS 2000u

static volatile uint64_t stamp;
static struct lintel_time_record copies[MAX_VCPUS] __attribute__((aligned(32)));
static struct barrier barrier;

static void pass_on(void* unused)
{
    (void)unused;
    meet(&barrier, vcpu_count());
    for (unsigned i = 0; i < TURNS; ++i) {
        const uint64_t before = __atomic_load_n(&stamp, __ATOMIC_SEQ_CST);
        const uint64_t now = system_time();
        if (now < before)
            failure("vCPU %u has %lu, another had %lu before", this_vcpu(), now, before);
        __atomic_store_n(&stamp, now, __ATOMIC_SEQ_CST);
    }
    meet(&barrier, vcpu_count());
}

static void check_copy(const volatile struct lintel_time_record* copy)
{
    const uint32_t version = __atomic_load_n(&copy->version, __ATOMIC_ACQUIRE);
    const uint32_t mul = copy->tsc_to_system_mul;
    const uint64_t tsc = copy->tsc_timestamp;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (version % 2 != 0 || version == 0 || version != copy->version)
        return; // being written, or not yet
    expect_equal(mul, time_record->tsc_to_system_mul);
    expect_equal(tsc, time_record->tsc_timestamp);
}

static void register_all(void* unused)
{
    (void)unused;
    meet(&barrier, vcpu_count());
    for (unsigned i = 0; i < 500; ++i) {
        const unsigned vcpu = (i + this_vcpu()) % vcpu_count();
        expect_equal(time_register(vcpu, (uintptr_t)&copies[(i / 3) % MAX_VCPUS]), 0);
        check_copy(&copies[i % MAX_VCPUS]);
    }
    meet(&barrier, vcpu_count());
}

void test(void)
{
    need_vcpus(2);
    others_run(pass_on, NULL);
    pass_on(NULL);
    others_join();
    others_run(register_all, NULL);
    register_all(NULL);
    others_join();
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu) {
        expect_equal(time_record[vcpu].version % 2, 0);
        expect_equal(time_record[vcpu].tsc_to_system_mul, time_record[0].tsc_to_system_mul);
    }
}
