// SPDX-License-Identifier: Apache-2.0
// abi_revision(): the shortest call there is. Contract: docs/abi/hypercalls.md#abi_revision.
#pragma once

#include <lintel/cpuid.h>

#include "hypercall/arguments.hpp"

namespace lintel {

template <typename Caller>
Result<std::uint64_t> hypercall_abi_revision(Caller&, const HypercallArguments&)
{
    return std::uint64_t{LINTEL_ABI_REVISION};
}

} // namespace lintel
