// SPDX-License-Identifier: Apache-2.0
// The other vCPU, and when upcalls and NMIs arrive there.
#include "bench.h"

#include "hypercall.h"
#include "result.h"
#include "smp.h"
#include "trap.h"
#include "upcall.h"
#include "window.h"

volatile uint64_t arrival;
static volatile uint32_t released, ready;

static bool note_upcall(struct frame* frame)
{
    (void)frame;
    volatile struct lintel_upcall* const mine = &events->vcpu[this_vcpu()];
    if (arrival == 0)
        arrival = rdtsc();
    __atomic_exchange_n(&mine->pending, 0, __ATOMIC_SEQ_CST);
    __atomic_exchange_n(&mine->selector, 0, __ATOMIC_SEQ_CST);
    __atomic_exchange_n(&events->pending[0], 0, __ATOMIC_SEQ_CST); // all ports are in this word
    return true;
}

static bool note_nmi(struct frame* frame)
{
    (void)frame;
    if (arrival == 0)
        arrival = rdtsc();
    return true;
}

void take_arrivals(void)
{
    on_vector(UPCALL_VECTOR, note_upcall);
    on_vector(VECTOR_NMI, note_nmi);
    if (upcall_set(UPCALL_VECTOR) != 0)
        error("upcall_set failed");
}

static void spin(void* unused)
{
    (void)unused;
    take_arrivals();
    interrupts_on();
    for (ready = 1; !released;)
        ;
    interrupts_off();
}

static void halt(void* unused)
{
    (void)unused;
    take_arrivals();
    for (ready = 1; !released;)
        asm volatile("sti\n hlt\n cli" : : : "memory");
}

// Halts again only when the arrival has been looked at, so that this exit is not counted with it.
static void halt_late(void* unused)
{
    (void)unused;
    take_arrivals();
    for (ready = 1; !released;) {
        asm volatile("sti\n hlt\n cli" : : : "memory");
        while (arrival != 0 && !released)
            ;
    }
}

static void yield(void* unused)
{
    (void)unused;
    for (ready = 1; !released;)
        vcpu_yield();
}

static void run_partner(void (*function)(void*))
{
    released = ready = 0;
    vcpu_run(1, function, NULL);
    wait_for(&ready, 1);
}
void partner_spins(void)
{
    run_partner(spin);
}
void partner_halts(void)
{
    run_partner(halt);
}
void partner_halts_late(void)
{
    run_partner(halt_late);
}
void partner_yields(void)
{
    run_partner(yield);
}

void release_partner(void)
{
    released = 1;
    vcpu_nmi(1);
    vcpu_join(1);
}
