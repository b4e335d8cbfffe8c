// SPDX-License-Identifier: Apache-2.0
// domain_destroy, domain_populate, domain_start, domain_pause, domain_unpause, domain_shutdown: what
// dom0 does to other domains; and shutdown_wanted, by which these learn of the last. Contract:
// docs/abi/domains.md.
#pragma once

#include <span>

#include <lintel/domain.h>
#include <lintel/hypercall.h>

#include "hypercall/arguments.hpp"
#include "mm/frame.hpp"

namespace lintel {

// The number of the domain that dom0 means; never its own.
template <typename Caller>
Result<std::uint32_t> other_domain(Caller& caller, std::uint64_t number)
{
    if (!caller.privileged() || number == 0 || number == LINTEL_DOMAIN_SELF)
        return Error::not_permitted;
    return narrow(number, Error::not_found);
}

template <typename Caller>
Result<std::uint64_t> hypercall_domain_destroy(Caller& caller, const HypercallArguments& in)
{
    const auto domain = TRY(other_domain(caller, in[0]));
    TRY(no_flags(in[1]));
    return caller.destroy_domain(domain);
}

template <typename Caller>
Result<std::uint64_t> hypercall_domain_populate(Caller& caller, const HypercallArguments& in)
{
    const auto domain = TRY(other_domain(caller, in[0]));
    const auto [number, address, count, flags, unused] = in;
    TRY(no_flags(flags));
    if (address % page_size != 0 || count == 0)
        return Error::bad_argument;
    return caller.populate_domain(domain, GfnRange{Gfn::of(address), count});
}

template <typename Caller>
Result<std::uint64_t> hypercall_domain_start(Caller& caller, const HypercallArguments& in)
{
    const auto domain = TRY(other_domain(caller, in[0]));
    TRY(no_flags(in[2]));
    TRY(aligned(in[1]));
    lintel_domain_start start; // read once: what is checked is what is used
    TRY(caller.memory().read(in[1], std::as_writable_bytes(std::span{&start, 1})));
    if ((start.reserved0 | start.reserved[0] | start.reserved[1]) != 0 ||
        start.start_info >> 32 != 0)
        return Error::bad_argument;
    TRY(caller.start_domain(domain, start));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_domain_pause(Caller& caller, const HypercallArguments& in)
{
    const auto domain = TRY(other_domain(caller, in[0]));
    TRY(no_flags(in[1]));
    TRY(caller.pause_domain(domain));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_domain_unpause(Caller& caller, const HypercallArguments& in)
{
    const auto domain = TRY(other_domain(caller, in[0]));
    TRY(no_flags(in[1]));
    TRY(caller.unpause_domain(domain));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_domain_shutdown(Caller& caller, const HypercallArguments& in)
{
    const auto domain = TRY(other_domain(caller, in[0]));
    const std::uint64_t reason = in[1];
    TRY(no_flags(in[2]));
    if (reason != LINTEL_SHUTDOWN_POWEROFF && reason != LINTEL_SHUTDOWN_REBOOT)
        return Error::bad_argument;
    TRY(caller.ask_for_shutdown(domain, static_cast<std::uint32_t>(reason)));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_shutdown_wanted(Caller& caller, const HypercallArguments& in)
{
    TRY(no_flags(in[0]));
    return std::uint64_t{TRY(caller.take_shutdown_wanted())};
}

} // namespace lintel
