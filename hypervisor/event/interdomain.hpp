// SPDX-License-Identifier: Apache-2.0
// Event channels between two domains, and what concerns ports of any kind once there are some.
// Contract: docs/abi/events.md.
//
// A channel has an end in each domain: a port that names the other end. One end is made first and
// awaits a domain; that domain binds a port of its own to it; when either is closed, the other
// awaits again. Ends change while the ports of both domains are locked; events pass without a lock.
//
// `D` is a domain: its `id`, `ports_lock` and `events`. `Find` gives a domain by its DomainId, or
// null. What it gives stays for the length of a hypercall, also when the domain is destroyed
// meanwhile.
#pragma once

#include "event/event_channels.hpp"

namespace lintel {

// Holds the ports of a domain, or of two. Of two the one with the lower slot is locked first.
template <typename D>
class [[nodiscard]] PortsGuard {
public:
    explicit PortsGuard(D& one, D* other = nullptr) : first_{&one}, second_{other}
    {
        assert(first_ != second_);
        if (second_ != nullptr && second_->id.slot() < first_->id.slot()) {
            first_ = other;
            second_ = &one;
        }
        first_->ports_lock.lock();
        if (second_ != nullptr)
            second_->ports_lock.lock();
    }
    ~PortsGuard()
    {
        if (second_ != nullptr)
            second_->ports_lock.unlock();
        first_->ports_lock.unlock();
    }
    PortsGuard(const PortsGuard&) = delete;
    PortsGuard& operator=(const PortsGuard&) = delete;

private:
    D* first_;
    D* second_;
};

// A port of `domain` that awaits `peer`.
template <typename D>
Result<Port> await_peer(D& domain, DomainId peer)
{
    const PortsGuard held{domain};
    return domain.events.await(peer);
}

// A port of `domain` bound to `remote`, a port of `peer` that awaits it.
template <typename D>
Result<Port> bind_to_peer(D& domain, D& peer, Port remote, VcpuIndex vcpu)
{
    // Asked twice: whoever has no business with the port cannot make others wait for the lock.
    TRY(peer.events.awaits(remote, domain.id));
    const PortsGuard held{domain, &peer};
    TRY(peer.events.awaits(remote, domain.id));
    const Port port = TRY(domain.events.bind_to(peer.id, remote, vcpu));
    peer.events.connect(remote, port);
    return port;
}

// `on_close(state)` is told what the port was, with its domain's ports locked still.
template <typename D, typename Find, typename OnClose>
Result<> close_port(D& domain, Port port, Find find, OnClose on_close)
{
    for (;;) {
        const PortState seen = TRY(domain.events.find(port));
        const bool pair = seen.kind() == PortState::Kind::interdomain;
        D* const peer = pair ? find(seen.peer()) : nullptr;
        const PortsGuard held{domain, peer};
        const PortState state = TRY(domain.events.find(port));
        if (state.kind() == PortState::Kind::interdomain &&
            (peer == nullptr || peer->id != state.peer())) {
            // The peer has just bound to it, or another vCPU gave the port a new life.
            assert(state != seen); // a domain closes its ports before it is gone
            continue;
        }
        if (state.kind() == PortState::Kind::interdomain)
            peer->events.disconnect(state.peer_port());
        on_close(domain.events.close(port).take()); // it is bound, and its lock is held
        return {};
    }
}

// By IPI ports and to other domains: whose port it hit. Error::try_again: nobody is at the other end.
template <typename D, typename Find>
Result<D*> send_event(D& domain, Port port, Find find)
{
    const PortState state = TRY(domain.events.find(port));
    if (!state.has_peer()) {
        TRY(domain.events.send(port));
        return &domain;
    }
    D* const peer = state.kind() == PortState::Kind::interdomain ? find(state.peer()) : nullptr;
    if (peer == nullptr)
        return Error::try_again;
    peer->events.raise_by_peer(state.peer_port(), domain.id, port);
    return peer;
}

// For the end of a domain that nobody finds, and none of whose vCPUs runs, any more: closes up to
// `most` of its ports, and says whether all are closed.
template <typename D, typename Find>
bool close_ports(D& domain, unsigned most, Find find)
{
    for (Port port = 1; port < domain.events.size(); ++port) {
        if (!domain.events.find(port).ok())
            continue;
        if (most-- == 0)
            return false;
        close_port(domain, port, find, [](PortState) {}).take(); // nobody else closes it
    }
    return true;
}

} // namespace lintel
