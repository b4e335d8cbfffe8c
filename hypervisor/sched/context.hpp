// SPDX-License-Identifier: Apache-2.0
// What of a vCPU is in the calling CPU: its VMCS, its extended state, the translations of its
// domain. Exchanged only when another vCPU takes the CPU, so that a vCPU which sleeps and wakes alone
// pays nothing.
#pragma once

#include "domain/vcpu.hpp"

namespace lintel::sched {

// The CPU serves `vcpu` from now on; one that has been started begins.
void enter_context(Vcpu& vcpu);
// The CPU serves nobody for now.
void rest();
// `vcpu`, which was served last, stops: it and its domain keep nothing here.
void drop_context(Vcpu& vcpu);

} // namespace lintel::sched
