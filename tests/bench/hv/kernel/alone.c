// SPDX-License-Identifier: Apache-2.0
// What one vCPU does by itself: a call, CPUID, its timer.
#include "bench.h"

#include "domain.h"
#include "hypercall.h"
#include "result.h"
#include "upcall.h"
#include "window.h"

static uint64_t null_call(void)
{
    begin_timing();
    abi_revision();
    return end_timing();
}

static uint64_t cpuid_exit(void)
{
    begin_timing();
    cpuid(0, 0);
    return end_timing();
}

static void bind_timer(void)
{
    take_arrivals();
    if (event_bind_virq(LINTEL_VIRQ_TIMER, 0) < 0)
        error("the timer cannot be bound");
}

// A deadline that has passed: the upcall comes with the end of the call.
static uint64_t timer_passed(void)
{
    forget_arrival();
    interrupts_on();
    begin_timing();
    timer_set(0);
    while (arrival == 0)
        pause();
    interrupts_off();
    return end_timing_at(arrival);
}

static uint64_t lateness(bool halted)
{
    const uint64_t ns = 100000, ticks = ns * info->tsc_khz / 1000000;
    forget_arrival();
    begin_timing();
    timer_set(system_time() + ns);
    if (halted)
        asm volatile("sti\n hlt\n cli" : : : "memory");
    interrupts_on();
    while (arrival == 0)
        pause();
    interrupts_off();
    const uint64_t whole = end_timing_at(arrival);
    return whole < ticks ? 0 : whole - ticks;
}
static uint64_t late_running(void)
{
    return lateness(false);
}
static uint64_t late_halted(void)
{
    return lateness(true);
}

static void unbind_timer(void)
{
    timer_set(LINTEL_TIMER_NEVER);
    event_close(1);
}

void await_erased_memory(void)
{
    bind_timer();
    while (info_of_machine().dirty_frames != 0) {
        timer_set(system_time() + 1000000);
        asm volatile("sti\n hlt\n cli" : : : "memory");
    }
    unbind_timer();
}

void measure_alone(void)
{
    static const struct operation operations[] = {
        {"null", NULL, null_call, NULL},
        {"cpuid", NULL, cpuid_exit, NULL},
        {"timer-passed", bind_timer, timer_passed, unbind_timer},
        {"timer-running", bind_timer, late_running, unbind_timer},
        {"timer-halted", bind_timer, late_halted, unbind_timer},
    };
    MEASURE(operations);
}
