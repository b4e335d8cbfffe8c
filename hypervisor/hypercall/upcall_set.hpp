// SPDX-License-Identifier: Apache-2.0
// upcall_set(vector, flags): which interrupt tells this vCPU of events. Contract:
// docs/abi/events.md#upcall_set.
#pragma once

#include "hypercall/arguments.hpp"

namespace lintel {

template <typename Caller>
Result<std::uint64_t> hypercall_upcall_set(Caller& caller, const HypercallArguments& in)
{
    constexpr std::uint64_t none = 0, first = 32, last = 255;
    TRY(no_flags(in[1]));
    if (in[0] != none && (in[0] < first || in[0] > last))
        return Error::bad_argument;
    caller.set_upcall_vector(static_cast<std::uint8_t>(in[0]));
    return std::uint64_t{0};
}

} // namespace lintel
