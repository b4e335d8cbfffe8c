// SPDX-License-Identifier: Apache-2.0
// Takes every pending port, as a kernel with a single vCPU does.
#include "upcall.h"

#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "trap.h"
#include "window.h"

static volatile uint64_t count;
static volatile uint64_t taken[LINTEL_EVENT_WORDS];

static bool upcall(struct frame* frame)
{
    (void)frame;
    volatile struct lintel_upcall* const mine = &events->vcpu[0];
    ++count;
    __atomic_exchange_n(&mine->pending, 0, __ATOMIC_SEQ_CST);
    uint64_t words = __atomic_exchange_n(&mine->selector, 0, __ATOMIC_SEQ_CST);
    for (; words != 0; words &= words - 1) {
        const unsigned word = (unsigned)__builtin_ctzll(words);
        const uint64_t mask = __atomic_load_n(&events->mask[word], __ATOMIC_SEQ_CST);
        taken[word] |= __atomic_fetch_and(&events->pending[word], mask, __ATOMIC_SEQ_CST) & ~mask;
    }
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
    return count;
}

bool port_taken(uint32_t port)
{
    const uint64_t bit = 1ull << port % 64, before = taken[port / 64];
    taken[port / 64] = before & ~bit;
    return (before & bit) != 0;
}

bool wait_for_upcall(uint64_t before, uint64_t ns)
{
    const uint64_t end = system_time() + ns;
    interrupts_on();
    while (count == before && system_time() < end)
        pause();
    interrupts_off();
    return count != before;
}

uint64_t system_time(void)
{
    for (;;) {
        const uint32_t version = __atomic_load_n(&time_record->version, __ATOMIC_ACQUIRE);
        const uint64_t ticks = rdtsc() - time_record->tsc_timestamp;
        const int shift = time_record->tsc_shift;
        const uint64_t scaled = shift < 0 ? ticks >> -shift : ticks << shift;
        const uint64_t ns =
            time_record->system_time +
            (uint64_t)((unsigned __int128)scaled * time_record->tsc_to_system_mul >> 32);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (version % 2 == 0 && version == time_record->version)
            return ns;
    }
}
