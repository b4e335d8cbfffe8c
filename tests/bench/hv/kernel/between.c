// SPDX-License-Identifier: Apache-2.0
// From one vCPU to another: events, NMIs, and turns on a CPU that both share.
#include "bench.h"

#include "hypercall.h"
#include "result.h"
#include "smp.h"

static uint64_t port;

static void bind(void)
{
    const int64_t bound = event_bind_ipi(1);
    if (bound < 0)
        error("event_bind_ipi gives %ld", bound);
    port = (uint64_t)bound;
}
static void begin_halted(void)
{
    partner_halts();
    bind();
}
static void begin_halted_late(void)
{
    partner_halts_late();
    bind();
}
static void begin_running(void)
{
    partner_spins();
    bind();
}
static void end(void)
{
    event_close(port);
    release_partner();
}

static void wait_until_halted(void)
{
    forget_arrival();
    while (vcpu_state(1) != LINTEL_VCPU_BLOCKED)
        vcpu_yield();
}

// The receiver gets the CPU by the sender's yielding it.
static uint64_t event_same_cpu(void)
{
    wait_until_halted();
    begin_timing();
    event_send(port);
    while (arrival == 0)
        vcpu_yield();
    return end_timing_at(arrival);
}

static uint64_t arrived(void)
{
    while (arrival == 0)
        ;
    return end_timing_at(arrival);
}
static uint64_t event_halted(void)
{
    wait_until_halted();
    begin_timing();
    event_send(port);
    return arrived();
}
static uint64_t event_running(void)
{
    forget_arrival();
    begin_timing();
    event_send(port);
    return arrived();
}
static uint64_t nmi_halted(void)
{
    wait_until_halted();
    begin_timing();
    vcpu_nmi(1);
    return arrived();
}
static uint64_t nmi_running(void)
{
    forget_arrival();
    begin_timing();
    vcpu_nmi(1);
    return arrived();
}

// Both yield: there and back again are two switches.
static uint64_t two_switches(void)
{
    begin_timing();
    vcpu_yield();
    return end_timing();
}

void measure_same_cpu(void)
{
    static const struct operation operations[] = {
        {"switch-pair", partner_yields, two_switches, release_partner},
        {"event-same-cpu", begin_halted, event_same_cpu, end},
    };
    MEASURE(operations);
}

void measure_other_cpu(void)
{
    static const struct operation operations[] = {
        {"event-halted", begin_halted_late, event_halted, end},
        {"event-running", begin_running, event_running, end},
        {"nmi-halted", begin_halted_late, nmi_halted, end},
        {"nmi-running", begin_running, nmi_running, end},
    };
    MEASURE(operations);
}
