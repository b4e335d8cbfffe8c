// SPDX-License-Identifier: Apache-2.0
// event_bind_virq, event_bind_ipi, event_close, event_send, event_unmask, event_move: the domain's
// own event channels. Contract: docs/abi/events.md. Calls that change a binding hold the lock of
// the domain's ports; events go through without.
#pragma once

#include "event/event_ports.hpp"
#include "hypercall/arguments.hpp"

namespace lintel {

inline Result<std::uint64_t> port_or_error(Result<Port> port)
{
    return std::uint64_t{TRY(std::move(port))};
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_bind_virq(Caller& caller, const HypercallArguments& in)
{
    const auto virq = TRY(narrow(in[0], Error::bad_argument));
    const auto vcpu = TRY(narrow(in[1], Error::not_found));
    TRY(no_flags(in[2]));
    const auto held = caller.lock_ports();
    return port_or_error(caller.events().bind_virq(virq, vcpu));
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_bind_ipi(Caller& caller, const HypercallArguments& in)
{
    const auto vcpu = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    const auto held = caller.lock_ports();
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

// With the lock of the ports held.
template <typename Caller>
Result<> close_port(Caller& caller, Port port)
{
    const PortState was = TRY(caller.events().close(port));
    if (was.kind() == PortState::Kind::irq)
        caller.release_irq(was.vector());
    return {};
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_close(Caller& caller, const HypercallArguments& in)
{
    return on_port(in, [&](Port port) {
        const auto held = caller.lock_ports();
        return close_port(caller, port);
    });
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_send(Caller& caller, const HypercallArguments& in)
{
    return on_port(in, [&](Port port) { return caller.events().send(port); });
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_unmask(Caller& caller, const HypercallArguments& in)
{
    return on_port(in, [&](Port port) { return caller.events().unmask(port); });
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_move(Caller& caller, const HypercallArguments& in)
{
    const auto port = TRY(narrow(in[0], Error::not_found));
    const auto vcpu = TRY(narrow(in[1], Error::not_found));
    TRY(no_flags(in[2]));
    const auto held = caller.lock_ports();
    TRY(caller.events().move(port, vcpu));
    return std::uint64_t{0};
}

} // namespace lintel
