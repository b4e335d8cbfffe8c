// SPDX-License-Identifier: Apache-2.0
// A vCPU's view of time: its time records and its one-shot timer.
#pragma once

#include <cstdint>

namespace lintel {

struct Vcpu;

namespace sched {

// Writes the vCPU's time record, and the registered copy if there is one.
void publish_time(Vcpu& vcpu);

// One VIRQ_TIMER when system time reaches `deadline_ns`; LINTEL_TIMER_NEVER disarms.
void set_timer(Vcpu& vcpu, std::uint64_t deadline_ns);

// The CPU's timer interrupt came: raises what is due, arms what is not.
void timer_interrupt(Vcpu& vcpu);

} // namespace sched
} // namespace lintel
