// SPDX-License-Identifier: Apache-2.0
// Event channels by the letter of docs/abi/events.md: bindings, and delivery step by step.
#include <lintel/hypercall.h>

#include "fuzz/hypercalls/model.hpp"

namespace lintel::fuzz {

static_assert(domain_ports <= 64); // all in the first word

void Model::wake(std::uint32_t vcpu)
{
    if (states[vcpu] == LINTEL_VCPU_BLOCKED)
        states[vcpu] = LINTEL_VCPU_RUNNABLE;
}

void Model::announce(std::uint32_t port)
{
    if ((shared.mask[0] >> port & 1) != 0)
        return;
    const std::uint32_t vcpu = ports_[port].vcpu;
    shared.vcpu[vcpu].selector |= 1;
    const bool due = shared.vcpu[vcpu].pending != 0;
    shared.vcpu[vcpu].pending = 1;
    if (due)
        return;
    note(Deed::Kind::upcall, vcpu);
    wake(vcpu);
}

void Model::deliver(std::uint32_t port)
{
    const bool pends = (shared.pending[0] >> port & 1) != 0;
    shared.pending[0] |= 1ull << port;
    if (!pends)
        announce(port);
}

bool Model::bind(std::int64_t port, Kind kind, std::uint64_t vcpu, std::uint64_t source)
{
    if (port != lowest_free())
        return false;
    ports_[port] = {kind, static_cast<std::uint32_t>(vcpu), source};
    shared.pending[0] &= ~(1ull << port);
    return true;
}

void Model::close(std::uint32_t port)
{
    if (ports_[port].kind == Kind::irq) {
        devices_[ports_[port].source - first_vector] = {};
        note(Deed::Kind::release_irq, 0, {ports_[port].source});
    }
    if (ports_[port].kind == Kind::interdomain) {
        Binding& other = neighbour_->ports_[ports_[port].source];
        other = {Kind::awaiting, other.vcpu, 0};
    }
    ports_[port] = {};
    shared.pending[0] &= ~(1ull << port);
}

bool Model::accept_event(const Call& call, std::int64_t result)
{
    const auto port = static_cast<std::uint32_t>(call.in[0]);
    switch (call.number) {
    case LINTEL_HC_event_bind_virq:
        return bind(result, Kind::virq, call.in[1], call.in[0]);
    case LINTEL_HC_event_bind_ipi:
        return bind(result, Kind::ipi, call.in[0], 0);
    case LINTEL_HC_event_close:
        close(port);
        break;
    case LINTEL_HC_event_send: {
        const bool own = ports_[port].kind != Kind::interdomain;
        if (own)
            deliver(port);
        else
            neighbour_->deliver(static_cast<std::uint32_t>(ports_[port].source));
        if (call.in[1] != 0)
            note(Deed::Kind::yield_to, call.vcpu, {own ? number_ : neighbour_->number_});
        break;
    }
    case LINTEL_HC_event_alloc:
        return (named(call.in[0]) == this ? *this : *neighbour_).bind(result, Kind::awaiting, 0, 0);
    case LINTEL_HC_event_bind: {
        Binding& remote = neighbour_->ports_[call.in[1]];
        remote = {Kind::interdomain, remote.vcpu, static_cast<std::uint64_t>(result)};
        return bind(result, Kind::interdomain, call.in[2], call.in[1]);
    }
    case LINTEL_HC_event_unmask:
        shared.mask[0] &= ~(1ull << port);
        if ((shared.pending[0] >> port & 1) != 0)
            announce(port);
        break;
    case LINTEL_HC_event_move:
        ports_[port].vcpu = static_cast<std::uint32_t>(call.in[1]);
        if ((shared.pending[0] >> port & 1) != 0)
            announce(port);
        break;
    }
    return result == 0;
}

void Model::raise_virq(std::uint32_t virq, std::uint32_t vcpu)
{
    for (std::uint32_t port = 1; port < ports_.size(); ++port)
        if (ports_[port].kind == Kind::virq && ports_[port].source == virq &&
            ports_[port].vcpu == vcpu)
            deliver(port);
}

// A level-triggered line stays quiet until irq_eoi.
void Model::interrupt(unsigned index)
{
    Device& device = devices_[index];
    if (device.port == 0 || device.masked)
        return;
    device.masked = device.level;
    deliver(device.port);
}

} // namespace lintel::fuzz
