// SPDX-License-Identifier: Apache-2.0
// Which event channel port of a domain is bound to what: the part that the guest cannot touch.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "lintel/event.h"
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
        irq // of a physical device
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

    constexpr Kind kind() const { return static_cast<Kind>(raw_ & 0xff); }
    constexpr VcpuIndex vcpu() const { return raw_ >> 8 & 0xff; }
    constexpr std::uint32_t virq() const { return raw_ >> 16; }
    // The physical interrupt vector of a device's port.
    constexpr std::uint8_t vector() const { return static_cast<std::uint8_t>(raw_ >> 16); }
    constexpr PortState moved_to(VcpuIndex vcpu) const
    {
        return PortState{kind(), vcpu, raw_ >> 16};
    }

    // Ordered with the accesses to the shared words; see EventChannels::announce.
    PortState load() const { return PortState{__atomic_load_n(&raw_, __ATOMIC_SEQ_CST)}; }
    void store(PortState state) { __atomic_store_n(&raw_, state.raw_, __ATOMIC_SEQ_CST); }

private:
    constexpr explicit PortState(std::uint32_t raw) : raw_{raw} {}
    constexpr PortState(Kind kind, VcpuIndex vcpu, std::uint32_t source)
        : raw_{static_cast<std::uint32_t>(kind) | vcpu << 8 | source << 16}
    {
    }
    std::uint32_t raw_ = 0;
};
static_assert(sizeof(PortState) == 4 && LINTEL_EVENT_VCPUS <= 0x100);
static_assert(PortState::virq(1, 47).virq() == 1 && PortState::virq(1, 47).vcpu() == 47);
static_assert(PortState::irq(0xef, 47).vector() == 0xef && PortState::irq(0xef, 47).vcpu() == 47);
static_assert(PortState::irq(0xef, 47).moved_to(2).vector() == 0xef);
static_assert(PortState{}.kind() == PortState::Kind::free);

// Changes are serialised by the caller; questions may be asked at any time on any CPU.
class EventPorts {
public:
    // All of `storage` must be free; its size is the number of ports, port 0 included.
    EventPorts(std::span<PortState> storage, std::uint32_t vcpus);

    // The port that such a binding would get: the lowest free one. Changes nothing.
    Result<Port> place_virq(std::uint32_t virq, VcpuIndex vcpu) const;
    // For an IPI or a device's interrupt, of which a vCPU may have several.
    Result<Port> place(VcpuIndex vcpu) const;
    // Completes a binding that has a place.
    void bind(Port port, PortState state);
    // Answers what the port was bound to.
    Result<PortState> close(Port port);
    // Not for virtual interrupts, which belong to their vCPU.
    Result<> move(Port port, VcpuIndex vcpu);

    // Error::not_found unless the port is bound.
    Result<PortState> find(Port port) const;
    // The port bound to a virtual interrupt of a vCPU, 0 if none is.
    Port virq_port(std::uint32_t virq, VcpuIndex vcpu) const;

private:
    Result<Port> lowest_free() const;

    std::span<PortState> ports_;
    std::array<std::array<std::uint16_t, LINTEL_EVENT_VCPUS>, LINTEL_VIRQS> virq_ports_{};
    std::uint32_t vcpus_;
};

} // namespace lintel
