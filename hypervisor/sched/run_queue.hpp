// SPDX-License-Identifier: Apache-2.0
// Which vCPU a CPU serves: one queue for each CPU, round robin. A vCPU is given a CPU when it is
// made (sched/placement.hpp) and stays there. Contract: docs/abi/vcpus.md, "Waiting".
#pragma once

#include <cstdint>

#include "domain/vcpu.hpp"

namespace lintel::sched {

// A stopped vCPU that has been made ready runs when its turn comes; after its domain's end, never. From
// any CPU.
void start(Vcpu& vcpu);
// Whether the domain has ended and no CPU has anything of it any more: no vCPU, no VMCS, no timer, no
// translation in use. Once true, it stays true.
bool has_stopped(const Domain& domain);
// What others may know: RunState without the difference between held, runnable and running.
RunState state_of(const Vcpu& vcpu);
// After the pause of its domain: if it is queued it waits outside, if it runs its CPU is told.
void hold(Vcpu& vcpu);
// Whether its CPU is in the guest, or works for it.
bool has_processor(const Vcpu& vcpu);

// The rest is for the calling CPU's own loop. Who is next, when it serves nobody; null: nobody.
Vcpu* next();
// `vcpu` lets go as `how` says; who is next, possibly the same one. Null: nobody.
Vcpu* leave(Vcpu& vcpu, Leave how);
// Whether other vCPUs wait for this CPU.
bool others_wait();
// Whether one vCPU waits for this CPU, and it is one of the domain's.
bool waits_alone(const Domain& domain);

} // namespace lintel::sched
