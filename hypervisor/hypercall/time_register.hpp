// SPDX-License-Identifier: Apache-2.0
// time_register(vcpu, gpa, flags): a copy of a vCPU's time record in the domain's own RAM, where
// the guest can show it to its processes. Contract: docs/abi/time.md#time_register.
#pragma once

#include <lintel/time.h>

#include "hypercall/arguments.hpp"

namespace lintel {

template <typename Caller>
Result<std::uint64_t> hypercall_time_register(Caller& caller, const HypercallArguments& in)
{
    const auto vcpu = TRY(narrow(in[0], Error::not_found));
    const std::uint64_t address = in[1];
    TRY(no_flags(in[2]));
    if (address % sizeof(lintel_time_record) != 0)
        return Error::bad_argument;
    TRY(caller.register_time(vcpu, address)); // aligned, so within one page
    return std::uint64_t{0};
}
static_assert(sizeof(lintel_time_record) == 32);

} // namespace lintel
