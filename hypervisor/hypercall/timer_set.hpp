// SPDX-License-Identifier: Apache-2.0
// timer_set(deadline_ns, flags): this vCPU's one-shot timer. Contract: docs/abi/time.md#timer_set.
#pragma once

#include "hypercall/arguments.hpp"

namespace lintel {

template <typename Caller>
Result<std::uint64_t> hypercall_timer_set(Caller& caller, const HypercallArguments& in)
{
    TRY(no_flags(in[1]));
    caller.set_timer(in[0]); // any value is a time; one that has passed fires at once
    return std::uint64_t{0};
}

} // namespace lintel
