// SPDX-License-Identifier: Apache-2.0
// Takes every pending port of the vCPU that got the upcall, as a kernel does.
#include "upcall.h"

#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "window.h"

static volatile uint64_t counts[MAX_VCPUS];
static volatile uint64_t taken[LINTEL_EVENT_WORDS];
static volatile uint64_t given[MAX_VCPUS][LINTEL_EVENT_WORDS]; // to which vCPU, if not to vCPU 0

static uint64_t ports_of(unsigned vcpu, unsigned word)
{
    if (vcpu != 0)
        return given[vcpu][word];
    uint64_t others = 0;
    for (unsigned other = 1; other < vcpu_count(); ++other)
        others |= given[other][word];
    return ~others;
}

static bool upcall(struct frame* frame)
{
    (void)frame;
    const unsigned vcpu = this_vcpu();
    volatile struct lintel_upcall* const mine = &events->vcpu[vcpu];
    ++counts[vcpu];
    __atomic_exchange_n(&mine->pending, 0, __ATOMIC_SEQ_CST);
    uint64_t words = __atomic_exchange_n(&mine->selector, 0, __ATOMIC_SEQ_CST);
    for (; words != 0; words &= words - 1) {
        const unsigned word = (unsigned)__builtin_ctzll(words);
        const uint64_t wanted =
            ports_of(vcpu, word) & ~__atomic_load_n(&events->mask[word], __ATOMIC_SEQ_CST);
        const uint64_t news =
            __atomic_fetch_and(&events->pending[word], ~wanted, __ATOMIC_SEQ_CST) & wanted;
        __atomic_fetch_or(&taken[word], news, __ATOMIC_SEQ_CST);
    }
    return true;
}

bool take_every_port(struct frame* frame)
{
    (void)frame;
    volatile struct lintel_upcall* const mine = &events->vcpu[this_vcpu()];
    __atomic_exchange_n(&mine->pending, 0, __ATOMIC_SEQ_CST);
    uint64_t words = __atomic_exchange_n(&mine->selector, 0, __ATOMIC_SEQ_CST);
    for (; words != 0; words &= words - 1)
        __atomic_exchange_n(&events->pending[__builtin_ctzll(words)], 0, __ATOMIC_SEQ_CST);
    return true;
}

void upcall_start(void)
{
    on_vector(UPCALL_VECTOR, upcall);
    if (upcall_set(UPCALL_VECTOR) != 0)
        error("upcall_set failed");
}

uint64_t upcall_count(void)
{
    return counts[this_vcpu()];
}

uint64_t upcall_count_of(unsigned vcpu)
{
    return counts[vcpu];
}

void port_owner(uint32_t port, unsigned vcpu)
{
    for (unsigned other = 0; other < MAX_VCPUS; ++other)
        if (other == vcpu)
            __atomic_fetch_or(&given[other][port / 64], 1ull << port % 64, __ATOMIC_SEQ_CST);
        else
            __atomic_fetch_and(&given[other][port / 64], ~(1ull << port % 64), __ATOMIC_SEQ_CST);
}

bool port_taken(uint32_t port)
{
    const uint64_t bit = 1ull << port % 64;
    return (__atomic_fetch_and(&taken[port / 64], ~bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

bool wait_for_upcall(uint64_t before, uint64_t ns)
{
    const uint64_t end = system_time() + ns;
    interrupts_on();
    while (upcall_count() == before && system_time() < end)
        pause();
    interrupts_off();
    return upcall_count() != before;
}

uint64_t system_time(void)
{
    const volatile struct lintel_time_record* const record = &time_record[this_vcpu()];
    for (;;) {
        const uint32_t version = __atomic_load_n(&record->version, __ATOMIC_ACQUIRE);
        const uint64_t ticks = rdtsc() - record->tsc_timestamp;
        const int shift = record->tsc_shift;
        const uint64_t scaled = shift < 0 ? ticks >> -shift : ticks << shift;
        const uint64_t ns = record->system_time +
                            (uint64_t)((unsigned __int128)scaled * record->tsc_to_system_mul >> 32);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (version % 2 == 0 && version == record->version)
            return ns;
    }
}
