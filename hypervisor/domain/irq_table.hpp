// SPDX-License-Identifier: Apache-2.0
// Interrupts of physical devices: which vectors are given away, and to which ports they lead.
// Contract: docs/abi/irqs.md; why a line cannot storm: docs/design/interrupts.md.
//
// Binding and closing ports are serialised by the caller (Domain's lock of its ports). Interrupts
// and their ends come at any time on any CPU. One lock keeps a line's state and its mask bit in
// step, and the I/O APICs' registers consistent. No event is raised under it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <lintel/irq.h>

#include "cpu/io_apics.hpp"
#include "cpu/spin_lock.hpp"
#include "domain/irq_route.hpp"

namespace lintel {

// What came that no port was told of.
struct IrqNoise {
    std::uint64_t unbound = 0;  // on a vector that nobody has bound
    std::uint64_t repeated = 0; // by a line between its event and its end
};

// `Pins` is IoApics over the machine's registers or over a test's.
template <typename Pins>
class IrqTable {
public:
    using Pin = typename Pins::Pin;
    static constexpr std::uint8_t first_vector = 0x30, last_vector = 0xef;

    constexpr explicit IrqTable(const Pins& pins) : pins_{pins} {}

    static constexpr bool has(std::uint8_t vector)
    {
        return vector >= first_vector && vector <= last_vector;
    }

    // The hypervisor's own line: nobody else gets it. Before anything is bound.
    void keep(std::uint32_t gsi) { kept_ = gsi; }

    // Binds a port to a line and unmasks the line: its interrupts go to the CPU `apic_id`.
    template <typename Events>
    Result<Port> bind_line(Events& events, Line line, VcpuIndex vcpu, std::uint8_t apic_id)
    {
        const Pin pin = TRY(pins_.find(line.gsi));
        if (kept_ == line.gsi)
            return Error::busy;
        const std::uint8_t vector = TRY(reserve(line.gsi));
        const Port port = TRY(bind_port(events, vector, vcpu));
        const auto entry = Redirection::to(vector, line.trigger, line.polarity);
        const bool level = line.trigger == Trigger::level;

        const Guard guard{lock_};
        Slot& slot = slot_of(vector);
        slot.pin = pin;
        slot.entry = entry;
        slot.route.store({level ? IrqRoute::Kind::open : IrqRoute::Kind::edge, port});
        pin.program(entry, apic_id); // last: it may interrupt at once
        return port;
    }

    // Binds a port to a message, which the device is to be programmed with.
    template <typename Events>
    Result<Port> bind_message(Events& events, VcpuIndex vcpu, std::uint8_t apic_id,
                              lintel_msi& message)
    {
        const std::uint8_t vector = TRY(reserve(std::nullopt));
        const Port port = TRY(bind_port(events, vector, vcpu));
        slot_of(vector).route.store({IrqRoute::Kind::edge, port});
        // Intel SDM Vol. 3, "Message Address Register Format": no redirection hint, physical
        // destination; "Message Data Register Format": fixed, edge.
        message = {0xfee0'0000u | std::uint64_t{apic_id} << 12, vector, 0};
        return port;
    }

    // What interrupt `vector` means: the port to raise, or 0 if the line is held and its port
    // knows. Error::not_found if nobody has bound it. A level-triggered line is masked on return,
    // so that the local APIC can be told of the interrupt's end.
    Result<Port> take(std::uint8_t vector)
    {
        Slot& slot = slot_of(vector);
        if (const IrqRoute route = slot.route.load(); route.kind() == IrqRoute::Kind::edge)
            return route.port();
        const Guard guard{lock_};
        const IrqRoute route = slot.route.load();
        switch (route.kind()) {
        case IrqRoute::Kind::edge:
            return route.port();
        case IrqRoute::Kind::open:
            slot.pin->set(slot.entry.masked());
            slot.route.store({IrqRoute::Kind::held, route.port()});
            return route.port();
        case IrqRoute::Kind::held:
            ++noise_.repeated;
            return Port{0};
        case IrqRoute::Kind::free:
        case IrqRoute::Kind::reserved:
            ++noise_.unbound;
            return Error::not_found;
        }
        __builtin_unreachable(); // -Werror=switch keeps this true
    }

    // The guest has handled the event of `port`: a line that is held may interrupt again.
    template <typename Events>
    Result<> end(Events& events, Port port)
    {
        Slot& slot = slot_of(TRY(events.irq_vector(port)));
        const Guard guard{lock_};
        const IrqRoute route = slot.route.load();
        if (route.kind() != IrqRoute::Kind::held || route.port() != port)
            return {};
        slot.route.store({IrqRoute::Kind::open, port});
        slot.pin->set(slot.entry);
        return {};
    }

    // After the port of `vector` was closed. The line's entry keeps vector and trigger: an
    // interrupt that is on its way ends at the line it came from.
    void release(std::uint8_t vector)
    {
        const Guard guard{lock_};
        Slot& slot = slot_of(vector);
        if (slot.pin)
            slot.pin->set(slot.entry.masked());
        slot.pin.reset();
        slot.gsi.reset();
        slot.route.store({});
    }

    IrqNoise noise()
    {
        const Guard guard{lock_};
        return noise_;
    }

private:
    struct Slot {
        IrqRoute route;
        Redirection entry;                // of `pin`, unmasked
        std::optional<Pin> pin;           // of a line
        std::optional<std::uint32_t> gsi; // of a line
    };

    Slot& slot_of(std::uint8_t vector)
    {
        assert(has(vector));
        return slots_[vector - first_vector];
    }

    // The lowest free vector.
    Result<std::uint8_t> reserve(std::optional<std::uint32_t> gsi)
    {
        const Guard guard{lock_};
        for (const Slot& slot : slots_)
            if (gsi && slot.gsi == gsi)
                return Error::exists;
        for (std::size_t i = 0; i < slots_.size(); ++i)
            if (slots_[i].route.load().kind() == IrqRoute::Kind::free) {
                slots_[i].gsi = gsi;
                slots_[i].route.store({IrqRoute::Kind::reserved, 0});
                return static_cast<std::uint8_t>(first_vector + i);
            }
        return Error::limit_reached;
    }

    // A vector whose port cannot be bound is free again.
    template <typename Events>
    Result<Port> bind_port(Events& events, std::uint8_t vector, VcpuIndex vcpu)
    {
        auto port = events.bind_irq(vector, vcpu);
        if (!port.ok())
            release(vector);
        return port;
    }

    const Pins& pins_;
    std::optional<std::uint32_t> kept_;
    SpinLock lock_;
    std::array<Slot, last_vector - first_vector + 1> slots_{};
    IrqNoise noise_;
};

} // namespace lintel
