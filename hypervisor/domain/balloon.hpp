// SPDX-License-Identifier: Apache-2.0
// Memory that a domain gives back and takes again. Contract: docs/abi/memory.md.
#pragma once

#include "domain/domain.hpp"

namespace lintel {

// Both do the beginning of `range`, which lies within 2 MiB, and return how many frames: at least one.
// They wait for other CPUs: no lock may be held.
Result<std::uint64_t> release_memory(Domain& domain, GfnRange range);
Result<std::uint64_t> claim_memory(Domain& domain, GfnRange range);

} // namespace lintel
