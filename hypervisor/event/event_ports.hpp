// SPDX-License-Identifier: Apache-2.0
// Which event channel port of a domain is bound to what: the part that the guest cannot touch.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "lintel/event.h"
#include "mm/owner.hpp"
#include "support/result.hpp"

namespace lintel {

using Port = std::uint32_t;      // 1 .. ports - 1; 0 is never valid
using VcpuIndex = std::uint32_t; // within the domain

// What a port is bound to, in one word so that delivery can read it without a lock.
class PortState {
public:
    enum class Kind : std::uint8_t {
        free,
        virq,
        ipi,
        irq,        // of a physical device
        awaiting,   // a port of one other domain, which may bind itself to this one
        interdomain // bound to a port of another domain
    };

    constexpr PortState() = default; // free
    static constexpr PortState virq(std::uint32_t virq, VcpuIndex vcpu)
    {
        return PortState{Kind::virq, vcpu, virq};
    }
    static constexpr PortState ipi(VcpuIndex vcpu) { return PortState{Kind::ipi, vcpu, 0}; }
    static constexpr PortState irq(std::uint8_t vector, VcpuIndex vcpu)
    {
        return PortState{Kind::irq, vcpu, vector};
    }
    static constexpr PortState awaiting(DomainId peer, VcpuIndex vcpu)
    {
        return PortState{Kind::awaiting, vcpu, 0, peer};
    }
    static constexpr PortState interdomain(DomainId peer, Port port, VcpuIndex vcpu)
    {
        return PortState{Kind::interdomain, vcpu, port, peer};
    }

    constexpr Kind kind() const { return static_cast<Kind>(raw_ & 0xff); }
    constexpr VcpuIndex vcpu() const { return raw_ >> 8 & 0xff; }
    constexpr std::uint32_t virq() const { return source(); }
    // The physical interrupt vector of a device's port.
    constexpr std::uint8_t vector() const { return static_cast<std::uint8_t>(source()); }
    // The other domain, which stays the same as long as the port is not closed, and its port.
    constexpr bool has_peer() const
    {
        return kind() == Kind::awaiting || kind() == Kind::interdomain;
    }
    constexpr DomainId peer() const { return {static_cast<std::uint16_t>(raw_ >> 32)}; }
    constexpr Port peer_port() const { return source(); }
    constexpr bool leads_to(DomainId domain, Port port) const
    {
        return kind() == Kind::interdomain && peer() == domain && peer_port() == port;
    }

    constexpr PortState moved_to(VcpuIndex vcpu) const
    {
        return PortState{kind(), vcpu, source(), peer()};
    }
    constexpr bool operator==(const PortState&) const = default;

    // Ordered with the accesses to the shared words; see EventChannels::announce.
    PortState load() const { return PortState{__atomic_load_n(&raw_, __ATOMIC_SEQ_CST)}; }
    void store(PortState state) { __atomic_store_n(&raw_, state.raw_, __ATOMIC_SEQ_CST); }

private:
    constexpr explicit PortState(std::uint64_t raw) : raw_{raw} {}
    constexpr PortState(Kind kind, std::uint64_t vcpu, std::uint64_t source, DomainId peer = {})
        : raw_{static_cast<std::uint64_t>(kind) | vcpu << 8 | source << 16 |
               std::uint64_t{peer.number} << 32}
    {
    }
    constexpr std::uint32_t source() const { return static_cast<std::uint16_t>(raw_ >> 16); }
    std::uint64_t raw_ = 0;
};
static_assert(sizeof(PortState) == 8 && LINTEL_EVENT_VCPUS <= 0x100 &&
              LINTEL_EVENT_PORTS <= 0x10000);
static_assert(PortState::virq(1, 47).virq() == 1 && PortState::virq(1, 47).vcpu() == 47);
static_assert(PortState::irq(0xef, 47).vector() == 0xef && PortState::irq(0xef, 47).vcpu() == 47);
static_assert(PortState::irq(0xef, 47).moved_to(2) == PortState::irq(0xef, 2));
static_assert(PortState::interdomain({0xff7f}, 4095, 47).peer() == DomainId{0xff7f});
static_assert(PortState::interdomain({0xff7f}, 4095, 47).peer_port() == 4095);
static_assert(PortState::interdomain({0xff7f}, 4095, 47).moved_to(2) ==
              PortState::interdomain({0xff7f}, 4095, 2));
static_assert(PortState{}.kind() == PortState::Kind::free);

// Changes are serialised by the caller; questions may be asked at any time on any CPU.
class EventPorts {
public:
    // All of `storage` must be free; its size is the number of ports, port 0 included.
    EventPorts(std::span<PortState> storage, std::uint32_t vcpus);

    // The port that such a binding would get: the lowest free one. Changes nothing.
    Result<Port> place_virq(std::uint32_t virq, VcpuIndex vcpu) const;
    // For what a vCPU may have several of: IPIs, devices' interrupts, channels to other domains.
    Result<Port> place(VcpuIndex vcpu) const;
    // Completes a binding that has a place.
    void bind(Port port, PortState state);
    // The other end of a channel between domains came, or went.
    void pair(Port port, PortState state);
    // Answers what the port was bound to.
    Result<PortState> close(Port port);
    // Not for virtual interrupts, which belong to their vCPU.
    Result<> move(Port port, VcpuIndex vcpu);

    std::uint32_t size() const { return static_cast<std::uint32_t>(ports_.size()); }
    // Error::not_found unless the port is bound.
    Result<PortState> find(Port port) const;
    // How many ports are bound at the moment.
    std::uint32_t bound() const;
    // The port bound to a virtual interrupt of a vCPU, 0 if none is.
    Port virq_port(std::uint32_t virq, VcpuIndex vcpu) const;

private:
    Result<Port> lowest_free() const;

    std::span<PortState> ports_;
    std::array<std::array<std::uint16_t, LINTEL_EVENT_VCPUS>, LINTEL_VIRQS> virq_ports_{};
    std::uint32_t vcpus_;
};

} // namespace lintel
