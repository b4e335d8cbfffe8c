// SPDX-License-Identifier: Apache-2.0
// Pausing all vCPUs of a domain. Contract: docs/abi/domains.md#domain_pause.
#pragma once

#include "domain/domain.hpp"

namespace lintel::sched {

// Returns when none of its vCPUs has a processor, or when somebody unpaused the domain meanwhile. Waits
// for other CPUs: the caller holds no lock, serves a vCPU of another domain, and finds `domain` anew.
void pause(Domain& domain);
void unpause(Domain& domain);

} // namespace lintel::sched
