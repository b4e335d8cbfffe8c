// SPDX-License-Identifier: Apache-2.0
// What a CPU does all day: serve a vCPU until it lets go, then the next one, or wait.
#pragma once

#include "domain/domain.hpp"

namespace lintel {

// Returns only with a domain that has ended on this CPU; its last vCPU here is this_cpu().current.
Domain& run_cpu();

} // namespace lintel
