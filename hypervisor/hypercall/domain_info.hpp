// SPDX-License-Identifier: Apache-2.0
// domain_info and machine_info: what dom0 can know. Contract: docs/abi/domains.md.
#pragma once

#include <span>

#include <lintel/domain.h>

#include "hypercall/arguments.hpp"

namespace lintel {

template <typename Caller>
Result<std::uint64_t> hypercall_domain_info(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    const auto [wanted, address, flags, unused, unused2] = in;
    if ((flags & ~std::uint64_t{LINTEL_DOMAIN_INFO_NEXT}) != 0)
        return Error::bad_argument;
    TRY(aligned(address));
    const auto number = TRY(narrow(wanted, Error::not_found));
    lintel_domain_info info{};
    if ((flags & LINTEL_DOMAIN_INFO_NEXT) != 0)
        TRY(caller.next_domain_info(number, info));
    else
        TRY(caller.domain_info(number == LINTEL_DOMAIN_SELF ? 0 : number, info));
    TRY(caller.memory().write(address, std::as_bytes(std::span{&info, 1})));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_machine_info(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    TRY(no_flags(in[1]));
    TRY(aligned(in[0]));
    lintel_machine_info info{};
    caller.machine_info(info);
    TRY(caller.memory().write(in[0], std::as_bytes(std::span{&info, 1})));
    return std::uint64_t{0};
}

} // namespace lintel
