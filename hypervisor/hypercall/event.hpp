// SPDX-License-Identifier: Apache-2.0
// event_bind_virq, event_bind_ipi, event_close, event_send, event_unmask, event_move, event_alloc,
// event_bind: event channels within a domain and between two. Contract: docs/abi/events.md. Calls
// that change a binding hold the lock of the domain's ports; events go through without.
#pragma once

#include "event/interdomain.hpp"
#include "hypercall/arguments.hpp"
#include "hypercall/peer.hpp"

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
    const PortsGuard held{caller.domain()};
    return port_or_error(caller.domain().events.bind_virq(virq, vcpu));
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_bind_ipi(Caller& caller, const HypercallArguments& in)
{
    const auto vcpu = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    const PortsGuard held{caller.domain()};
    return port_or_error(caller.domain().events.bind_ipi(vcpu));
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
    return on_port(in, [&](Port port) {
        return close_port(caller.domain(), port, peers(caller), [&](PortState was) {
            if (was.kind() == PortState::Kind::irq)
                caller.release_irq(was.vector());
        });
    });
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_send(Caller& caller, const HypercallArguments& in)
{
    const auto port = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1] & ~std::uint64_t{LINTEL_EVENT_YIELD}));
    const auto& receiver = *TRY(send_event(caller.domain(), port, peers(caller)));
    if (in[1] != 0)
        caller.yield_to(receiver);
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_unmask(Caller& caller, const HypercallArguments& in)
{
    return on_port(in, [&](Port port) { return caller.domain().events.unmask(port); });
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_move(Caller& caller, const HypercallArguments& in)
{
    const auto port = TRY(narrow(in[0], Error::not_found));
    const auto vcpu = TRY(narrow(in[1], Error::not_found));
    TRY(no_flags(in[2]));
    const PortsGuard held{caller.domain()};
    TRY(caller.domain().events.move(port, vcpu));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_alloc(Caller& caller, const HypercallArguments& in)
{
    TRY(no_flags(in[2]));
    auto& domain = *TRY(domain_named(caller, in[0]));
    if (&domain != &caller.domain() && !caller.privileged())
        return Error::not_permitted;
    const auto& peer = *TRY(domain_named(caller, in[1]));
    if (&peer == &domain)
        return Error::bad_argument;
    return port_or_error(await_peer(domain, peer.id));
}

template <typename Caller>
Result<std::uint64_t> hypercall_event_bind(Caller& caller, const HypercallArguments& in)
{
    const auto remote = TRY(narrow(in[1], Error::not_found));
    const auto vcpu = TRY(narrow(in[2], Error::not_found));
    TRY(no_flags(in[3]));
    auto& peer = *TRY(domain_named(caller, in[0]));
    if (&peer == &caller.domain())
        return Error::bad_argument;
    return port_or_error(bind_to_peer(caller.domain(), peer, remote, vcpu));
}

} // namespace lintel
