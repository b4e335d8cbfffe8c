// SPDX-License-Identifier: Apache-2.0
// Time records, and one-shot timers over the local APIC's TSC deadline: the earliest of a CPU's
// vCPUs' deadlines and of the end of the present slice.
#include "sched/time.hpp"

#include <array>

#include "cpu/apic.hpp"
#include "cpu/clock.hpp"
#include "domain/vcpu.hpp"
#include "sched/run_queue.hpp"

namespace lintel::sched {

namespace {

constexpr std::uint64_t slice_ms = 10;

struct alignas(64) CpuTimers { // each its CPU's own: no lock
    Vcpu* first = nullptr;     // by deadline
    std::uint64_t slice_end = 0;
    bool slice_over = false;
    std::uint64_t armed = 0; // what the APIC waits for; 0: nothing
};
std::array<CpuTimers, cpu_limit> timers;

CpuTimers& own_timers()
{
    return timers[this_cpu().index];
}

void arm(CpuTimers& own)
{
    std::uint64_t earliest = own.first != nullptr ? own.first->deadline_tsc : 0;
    if (own.slice_end != 0 && (earliest == 0 || own.slice_end < earliest))
        earliest = own.slice_end;
    if (earliest == own.armed)
        return;
    own.armed = earliest;
    apic::set_deadline(earliest);
}

void remove(CpuTimers& own, Vcpu& vcpu)
{
    if (vcpu.deadline_tsc == 0)
        return;
    Vcpu** link = &own.first;
    while (*link != &vcpu)
        link = &(*link)->next_timer;
    *link = vcpu.next_timer;
    vcpu.deadline_tsc = 0;
}

void insert(CpuTimers& own, Vcpu& vcpu, std::uint64_t deadline)
{
    Vcpu** link = &own.first;
    while (*link != nullptr && (*link)->deadline_tsc <= deadline)
        link = &(*link)->next_timer;
    vcpu.deadline_tsc = deadline;
    vcpu.next_timer = *link;
    *link = &vcpu;
}

} // namespace

// Contract: docs/abi/time.md. Odd version, values, even version, in this order.
void publish_time(lintel_time_record& record)
{
    const Clock& clock = machine_clock();
    const std::uint32_t version = (record.version | 1) + (record.version & 1 ? 2 : 0);
    __atomic_store_n(&record.version, version, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    record.pad0 = 0;
    record.tsc_timestamp = clock.start_tsc;
    record.system_time = 0;
    record.tsc_to_system_mul = clock.to_ns.mul;
    record.tsc_shift = clock.to_ns.shift;
    record.flags = LINTEL_TIME_TSC_STABLE;
    record.pad[0] = record.pad[1] = 0;
    __atomic_store_n(&record.version, version + 1, __ATOMIC_RELEASE);
}

void set_timer(Vcpu& vcpu, std::uint64_t deadline_ns)
{
    CpuTimers& own = own_timers();
    remove(own, vcpu);
    if (deadline_ns != LINTEL_TIMER_NEVER)
        insert(own, vcpu, machine_clock().tsc_at(deadline_ns));
    arm(own);
}

void begin_slice()
{
    CpuTimers& own = own_timers();
    if (own.slice_end != 0)
        return;
    own.slice_end = read_tsc() + machine_clock().khz * slice_ms;
    arm(own);
}

void end_slice()
{
    CpuTimers& own = own_timers();
    own.slice_end = 0; // a deadline that is armed for it may come, and finds nothing to do
    own.slice_over = false;
}

bool slice_is_over()
{
    return own_timers().slice_over;
}

void timer_interrupt()
{
    CpuTimers& own = own_timers();
    const std::uint64_t now = read_tsc();
    if (own.armed > now) { // armed anew while the interrupt was on its way, or it came early
        apic::set_deadline(own.armed);
        return;
    }
    own.armed = 0;
    while (own.first != nullptr && own.first->deadline_tsc <= now) {
        Vcpu& vcpu = *own.first;
        remove(own, vcpu);
        vcpu.domain->events.raise_virq(LINTEL_VIRQ_TIMER, vcpu.index);
    }
    if (own.slice_end != 0 && own.slice_end <= now) {
        own.slice_end = 0;
        own.slice_over = true;
    }
    arm(own);
}

} // namespace lintel::sched
