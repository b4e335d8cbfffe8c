// SPDX-License-Identifier: Apache-2.0
// Which CPU a vCPU lives on: the one that the fewest others live on, from the domain's making to its
// end.
#pragma once

#include "domain/vcpu.hpp"

namespace lintel::sched {

// Gives the vCPUs of a new domain their CPUs, and what they see of time.
void settle(Domain& domain);
// The domain's vCPUs, which have stopped, live nowhere any more.
void unsettle(const Domain& domain);

} // namespace lintel::sched
