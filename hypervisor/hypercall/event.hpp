// SPDX-License-Identifier: Apache-2.0
// event_bind_virq, event_bind_ipi, event_close, event_send, event_unmask: the domain's own event
// channels. Contract: docs/abi/events.md.
#pragma once

#include "hypercall/arguments.hpp"

namespace lintel {

inline Result<std::uint64_t> port_or_error(Result<std::uint32_t> port)
{
    return std::uint64_t{TRY(std::move(port))};
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_bind_virq(Caller& caller, const HypercallArguments& in)
{
    const auto virq = TRY(narrow(in[0], Error::bad_argument));
    const auto vcpu = TRY(narrow(in[1], Error::not_found));
    TRY(no_flags(in[2]));
    return port_or_error(caller.events().bind_virq(virq, vcpu));
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_bind_ipi(Caller& caller, const HypercallArguments& in)
{
    const auto vcpu = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    return port_or_error(caller.events().bind_ipi(vcpu));
}

// The calls that take a port and flags, and return nothing.
template <typename Act>
Result<std::uint64_t> on_port(const HypercallArguments& in, Act act)
{
    const auto port = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    TRY(act(port));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_close(Caller& caller, const HypercallArguments& in)
{
    return on_port(in, [&](std::uint32_t port) { return caller.events().close(port); });
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_send(Caller& caller, const HypercallArguments& in)
{
    return on_port(in, [&](std::uint32_t port) { return caller.events().send(port); });
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_unmask(Caller& caller, const HypercallArguments& in)
{
    return on_port(in, [&](std::uint32_t port) { return caller.events().unmask(port); });
}

} // namespace lintel
