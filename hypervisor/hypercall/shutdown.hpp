// SPDX-License-Identifier: Apache-2.0
// shutdown(reason, flags): the domain's end by its own wish. Contract:
// docs/abi/hypercalls.md#shutdown.
#pragma once

#include <lintel/hypercall.h>

#include "hypercall/arguments.hpp"

namespace lintel {

template <typename Caller>
Result<std::uint64_t> hypercall_shutdown(Caller& caller, const HypercallArguments& in)
{
    const auto reason = TRY(narrow(in[0], Error::bad_argument));
    TRY(no_flags(in[1]));
    if (reason > LINTEL_SHUTDOWN_HALT)
        return Error::bad_argument;
    caller.shut_down(reason);
    return std::uint64_t{0};
}

} // namespace lintel
