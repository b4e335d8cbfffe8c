// SPDX-License-Identifier: Apache-2.0
// Time records and one-shot timers over the local APIC's TSC deadline.
#include "sched/time.hpp"

#include "cpu/apic.hpp"
#include "cpu/clock.hpp"
#include "domain/vcpu.hpp"

namespace lintel::sched {

namespace {

// Contract: docs/abi/time.md. The guest may be reading: odd version, values, even version, in
// order.
void write_record(lintel_time_record& record, const Clock& clock)
{
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

} // namespace

void publish_time(Vcpu& vcpu)
{
    write_record(vcpu.time(), machine_clock());
    if (vcpu.time_copy != nullptr)
        write_record(*vcpu.time_copy, machine_clock());
}

void set_timer(Vcpu& vcpu, std::uint64_t deadline_ns)
{
    vcpu.deadline_tsc = deadline_ns == LINTEL_TIMER_NEVER ? 0 : machine_clock().tsc_at(deadline_ns);
    apic::set_deadline(vcpu.deadline_tsc);
}

void timer_interrupt(Vcpu& vcpu)
{
    if (vcpu.deadline_tsc == 0)
        return; // disarmed while the interrupt was on its way
    if (read_tsc() < vcpu.deadline_tsc) {
        apic::set_deadline(vcpu.deadline_tsc);
        return;
    }
    vcpu.deadline_tsc = 0;
    vcpu.domain->events.raise_virq(LINTEL_VIRQ_TIMER, vcpu.index);
}

} // namespace lintel::sched
