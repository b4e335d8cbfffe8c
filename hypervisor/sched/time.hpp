// SPDX-License-Identifier: Apache-2.0
// A vCPU's view of time: its time records and its one-shot timer; and the time slices of the calling
// CPU. All but publish_time are for the CPU that the vCPU lives on.
#pragma once

#include <cstdint>

#include <lintel/time.h>

namespace lintel {

struct Vcpu;

namespace sched {

// Writes a time record; a vCPU may be reading it.
void publish_time(lintel_time_record& record);

// One VIRQ_TIMER when system time reaches `deadline_ns`; LINTEL_TIMER_NEVER disarms.
void set_timer(Vcpu& vcpu, std::uint64_t deadline_ns);

// The vCPU that runs has this CPU until its slice is over, if others wait.
void begin_slice();
void end_slice();
bool slice_is_over();

// The CPU's timer interrupt came: raises what is due, arms what is not.
void timer_interrupt();

} // namespace sched
} // namespace lintel
