// SPDX-License-Identifier: Apache-2.0
// Events between vCPUs.
//
// Every vCPU has a port of every other one, a vector of its own, and sleeps in HLT until it gets
// its turn: a token goes round all of them and back, hundreds of times. None may be lost, and each
// must arrive by the vector and on the vCPU that it was for. Then each pair exchanges events with
// both awake. Class: lost wake-ups; missing barriers between a port and its use (XSA-340).
#include "hypercall.h"
#include "processor.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

#define ROUNDS 200u
#define FIRST_VECTOR 0x40u

static uint32_t ports[MAX_VCPUS]; // the port of each vCPU
static volatile uint32_t token, got[MAX_VCPUS];

static bool on_upcall(struct frame* frame)
{
    const unsigned vcpu = this_vcpu();
    const uint64_t bit = 1ull << ports[vcpu] % 64;
    expect_equal(frame->vector, FIRST_VECTOR + vcpu);
    __atomic_exchange_n(&events->vcpu[vcpu].pending, 0, __ATOMIC_SEQ_CST);
    __atomic_exchange_n(&events->vcpu[vcpu].selector, 0, __ATOMIC_SEQ_CST);
    if ((__atomic_fetch_and(&events->pending[0], ~bit, __ATOMIC_SEQ_CST) & bit) != 0)
        __atomic_add_fetch(&got[vcpu], 1, __ATOMIC_SEQ_CST);
    return true;
}

static void take_part(void* unused)
{
    const unsigned vcpu = this_vcpu(), next = (vcpu + 1) % vcpu_count();
    (void)unused;
    expect_equal(upcall_set(FIRST_VECTOR + vcpu), 0);
    for (uint32_t round = 0; round < ROUNDS; ++round) {
        // vCPU 0 begins; interrupts are off at the look, and the event waits for HLT to let it in.
        while (got[vcpu] < round + (vcpu == 0 ? 0 : 1))
            asm volatile("sti\n hlt\n cli" : : : "memory");
        expect_equal(token, round * vcpu_count() + vcpu);
        __atomic_store_n(&token, token + 1, __ATOMIC_SEQ_CST);
        expect_equal(event_send(ports[next]), 0);
    }
}

static void check_ring(void)
{
    others_run(take_part, NULL);
    take_part(NULL);
    others_join();
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
        if (got[vcpu] != ROUNDS)
            print("vCPU %u got %u of %u", vcpu, got[vcpu], ROUNDS);
        expect_equal(got[vcpu], ROUNDS);
    }
}

static volatile uint32_t over;

static void listen(void* unused)
{
    (void)unused;
    upcall_set(FIRST_VECTOR + this_vcpu());
    interrupts_on();
    while (over == 0)
        pause();
    interrupts_off();
}

static void check_awake(void)
{
    others_run(listen, NULL);
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu)
        for (unsigned i = 0; i < 50; ++i) {
            const uint32_t before = got[vcpu];
            event_send(ports[vcpu]);
            wait_for(&got[vcpu], before + 1);
        }
    over = 1;
    others_join();
}

void test(void)
{
    need_vcpus(2);
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu) {
        ports[vcpu] = (uint32_t)event_bind_ipi(vcpu);
        on_vector(FIRST_VECTOR + vcpu, on_upcall);
    }
    check_ring();
    check_awake();
}
