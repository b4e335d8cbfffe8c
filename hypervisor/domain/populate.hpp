// SPDX-License-Identifier: Apache-2.0
// RAM for domains other than dom0: where it lies in the machine is the allocator's choice, in pages as
// large as possible. Contract: docs/abi/domains.md#domain_populate, docs/abi/memory.md.
#pragma once

#include "domain/domain.hpp"

namespace lintel {

// Both do the beginning of `range`, all zero, and return how many frames: at least one, and only as many
// as take little time.
Result<std::uint64_t> populate(Domain& domain, GfnRange range);
// For the domain itself: only below the end of what it was given. A guest could otherwise have tables
// made all over its address space, which count against nobody's limit.
Result<std::uint64_t> populate_again(Domain& domain, GfnRange range);

} // namespace lintel
