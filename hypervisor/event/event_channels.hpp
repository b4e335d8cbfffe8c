// SPDX-License-Identifier: Apache-2.0
// The event channels of one domain: delivery through the words it shares with us.
// Contract: docs/abi/events.md.
//
// Binding, moving, closing and pairing are serialised by the caller. Sending, raising and unmasking
// take no lock and may run on any CPU at any time, also against those three: then an event may hit
// a port that was just closed or bound again, which the contract allows (spurious events), or be
// announced to the vCPU that a port was just moved from, as well as to the one it was moved to.
//
// The shared words are the guest's to scribble on. They are only ever set, cleared and tested, and
// no index, size or decision about another domain comes from them: a guest that lies in them loses
// its own upcalls.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include "event/event_ports.hpp"
#include "lintel/event.h"
#include "support/result.hpp"

namespace lintel {

// Told once for each upcall that a vCPU is due: it remembers that, privately, until the upcall
// vector has been injected, and wakes or interrupts the vCPU.
template <typename T>
concept UpcallSink = requires(T& sink, VcpuIndex vcpu)
{
    {
        sink.upcall(vcpu)
        } -> std::same_as<void>;
};

template <UpcallSink Sink>
class EventChannels {
public:
    EventChannels(lintel_events& shared, std::span<PortState> storage, std::uint32_t vcpus,
                  Sink& sink)
        : shared_{shared}, ports_{storage, vcpus}, sink_{sink}
    {
    }

    // At most one port for each virtual interrupt of each vCPU.
    Result<Port> bind_virq(std::uint32_t virq, VcpuIndex vcpu)
    {
        const Port port = TRY(ports_.place_virq(virq, vcpu));
        bind(port, PortState::virq(virq, vcpu));
        return port;
    }

    Result<Port> bind_ipi(VcpuIndex vcpu)
    {
        const Port port = TRY(ports_.place(vcpu));
        bind(port, PortState::ipi(vcpu));
        return port;
    }

    // A device's interrupt, which arrives as the physical interrupt `vector`.
    Result<Port> bind_irq(std::uint8_t vector, VcpuIndex vcpu)
    {
        const Port port = TRY(ports_.place(vcpu));
        bind(port, PortState::irq(vector, vcpu));
        return port;
    }

    // A port that `peer` may bind one of its own to. Its events go to vCPU 0 at first.
    Result<Port> await(DomainId peer)
    {
        const Port port = TRY(ports_.place(0));
        bind(port, PortState::awaiting(peer, 0));
        return port;
    }

    // Whether `peer` may bind to the port, now.
    Result<> awaits(Port port, DomainId peer) const
    {
        const auto state = TRY(ports_.find(port));
        if (!state.has_peer() || state.peer() != peer)
            return Error::not_permitted;
        if (state.kind() == PortState::Kind::interdomain)
            return Error::busy;
        return {};
    }

    // A port whose other end is `peer_port` of `peer`, which is told by connect().
    Result<Port> bind_to(DomainId peer, Port peer_port, VcpuIndex vcpu)
    {
        const Port port = TRY(ports_.place(vcpu));
        bind(port, PortState::interdomain(peer, peer_port, vcpu));
        return port;
    }
    void connect(Port port, Port peer_port)
    {
        const PortState state = ports_.find(port).take(); // awaits() was asked under the same lock
        ports_.pair(port, PortState::interdomain(state.peer(), peer_port, state.vcpu()));
    }
    // The other end is closed: the port awaits another.
    void disconnect(Port port)
    {
        const PortState state = ports_.find(port).take(); // its other end says that it is bound
        ports_.pair(port, PortState::awaiting(state.peer(), state.vcpu()));
    }

    Result<PortState> find(Port port) const { return ports_.find(port); }
    std::uint32_t size() const { return ports_.size(); }

    // Answers what the port was bound to: whoever closes a device's port silences the device.
    Result<PortState> close(Port port)
    {
        const PortState state = TRY(ports_.close(port));
        forget_pending(port);
        return state;
    }

    // From now on the port's events are announced to `vcpu`: first those that pend.
    Result<> move(Port port, VcpuIndex vcpu)
    {
        TRY(ports_.move(port, vcpu));
        if (is_pending(port))
            announce(port);
        return {};
    }

    std::uint32_t bound_ports() const { return ports_.bound(); }

    // Error::bad_argument unless the port is a device's.
    Result<std::uint8_t> irq_vector(Port port) const
    {
        const auto state = TRY(ports_.find(port));
        if (state.kind() != PortState::Kind::irq)
            return Error::bad_argument;
        return state.vector();
    }

    // For IPI ports. Virtual interrupts and devices' are the hypervisor's to raise; what goes to
    // other domains takes event/interdomain.hpp.
    Result<> send(Port port)
    {
        const auto state = TRY(ports_.find(port));
        if (state.kind() != PortState::Kind::ipi)
            return Error::not_permitted;
        deliver(port);
        return {};
    }

    // Clears the mask bit and makes the upcall that masking held back. The old mask bit says
    // nothing: the guest may have cleared it by itself just before.
    Result<> unmask(Port port)
    {
        TRY(ports_.find(port));
        __atomic_fetch_and(&shared_.mask[word(port)], ~bit(port), __ATOMIC_SEQ_CST);
        if (is_pending(port))
            announce(port);
        return {};
    }

    // A virtual interrupt that nobody has bound is dropped.
    void raise_virq(std::uint32_t virq, VcpuIndex vcpu)
    {
        const Port port = ports_.virq_port(virq, vcpu);
        if (port != 0)
            deliver(port);
    }

    // A device's interrupt came. The port may have been closed since it was looked up.
    void raise_irq(Port port) { deliver(port); }

    // `peer` sends by its `peer_port`. The port may have been closed since it was looked up: it is
    // looked at again, so that an event of another channel is as rare as such a meeting.
    void raise_by_peer(Port port, DomainId peer, Port peer_port)
    {
        auto state = ports_.find(port);
        if (state.ok() && state.value().leads_to(peer, peer_port))
            deliver(port);
    }

private:
    static constexpr std::size_t word(Port port) { return port / 64; }
    static constexpr std::uint64_t bit(Port port) { return 1ull << port % 64; }

    bool is_pending(Port port) const
    {
        return (__atomic_load_n(&shared_.pending[word(port)], __ATOMIC_SEQ_CST) & bit(port)) != 0;
    }

    bool is_masked(Port port) const
    {
        return (__atomic_load_n(&shared_.mask[word(port)], __ATOMIC_SEQ_CST) & bit(port)) != 0;
    }

    void forget_pending(Port port)
    {
        __atomic_fetch_and(&shared_.pending[word(port)], ~bit(port), __ATOMIC_SEQ_CST);
    }

    void bind(Port port, PortState state)
    {
        // A bit left from the port's last life would swallow the first event of this one.
        forget_pending(port);
        ports_.bind(port, state);
        // A sender that still held the port's last life may have set it again.
        if (is_pending(port))
            announce(port);
    }

    void deliver(Port port)
    {
        const auto before =
            __atomic_fetch_or(&shared_.pending[word(port)], bit(port), __ATOMIC_SEQ_CST);
        if ((before & bit(port)) == 0)
            announce(port); // otherwise whoever set the bit, unmasks or binds the port, does
    }

    // Makes the upcall for a port whose pending bit has been seen set, unless it is masked.
    //
    // The binding and the mask are read after the pending bit was set; bind(), move() and unmask()
    // change them before they read the pending bit. So of two that race at least one sees what the
    // other wrote, and the event is announced, to the right vCPU, by one or both.
    //
    // Selector before upcall word: the guest clears them in the other order, so that a selector bit
    // set behind its back finds the upcall word clear and makes another upcall.
    void announce(Port port)
    {
        auto state = ports_.find(port);
        if (!state.ok() || is_masked(port))
            return;
        const VcpuIndex vcpu = state.value().vcpu();
        auto& upcall = shared_.vcpu[vcpu];
        __atomic_fetch_or(&upcall.selector, 1ull << word(port), __ATOMIC_SEQ_CST);
        if (__atomic_exchange_n(&upcall.pending, 1u, __ATOMIC_SEQ_CST) == 0)
            sink_.upcall(vcpu);
    }

    lintel_events& shared_;
    EventPorts ports_;
    Sink& sink_;
};

} // namespace lintel
