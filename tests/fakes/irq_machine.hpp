// SPDX-License-Identifier: Apache-2.0
// Device interrupts for tests: one fake I/O APIC, the real table, the ports of a domain, and a CPU
// that takes what comes.
#pragma once

#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "domain/irq_table.hpp"
#include "event/event_channels.hpp"
#include "fakes/fake_io_apic.hpp"

namespace lintel {

using FakeIrqTable = IrqTable<IoApics<FakeIoApicRegisters>>;

constexpr Line level_line(std::uint32_t gsi)
{
    return {gsi, Trigger::level, Polarity::high};
}
constexpr Line edge_line(std::uint32_t gsi)
{
    return {gsi};
}

class IrqMachine : public testing::Test {
protected:
    static constexpr std::uint8_t first = FakeIrqTable::first_vector,
                                  last = FakeIrqTable::last_vector;
    static constexpr unsigned vectors = last - first + 1;
    static constexpr std::uint8_t apic_id = 5;

    explicit IrqMachine(std::size_t ports = 512) : storage_(ports)
    {
        EXPECT_TRUE(pins_.add(IoApic{FakeIoApicRegisters{&chip_}}, 0).ok());
    }
    Port bind(Line line, VcpuIndex vcpu = 0)
    {
        return table_.bind_line(events_, line, vcpu, apic_id).take();
    }
    Error refused(Line line, VcpuIndex vcpu = 0)
    {
        return table_.bind_line(events_, line, vcpu, apic_id).error();
    }
    Port bind_message()
    {
        lintel_msi message;
        return table_.bind_message(events_, 0, apic_id, message).take();
    }
    void close(Port port) { table_.release(events_.close(port).take().vector()); }
    void end(Port port) { EXPECT_TRUE(table_.end(events_, port).ok()); }

    // The CPU takes what the chip sent, as the interrupt's handler does, until there is no more.
    void take_interrupts()
    {
        for (unsigned steps = 0; !chip_.sent.empty(); ++steps) {
            ASSERT_LT(steps, 1000u) << "a storm";
            const std::uint8_t vector = chip_.sent.front().vector;
            chip_.sent.erase(chip_.sent.begin());
            take(vector);
        }
    }
    void take(std::uint8_t vector)
    {
        auto port = table_.take(vector);
        chip_.end(vector);
        if (!port.ok() || port.value() == 0)
            return;
        events_.raise_irq(port.value());
        ++events_of_[port.value()];
    }
    unsigned events_of(Port port) { return events_of_[port]; }

    struct Sink {
        void upcall(VcpuIndex vcpu) { vcpus.push_back(vcpu); }
        std::vector<VcpuIndex> vcpus;
    };

    FakeIoApic chip_;
    IoApics<FakeIoApicRegisters> pins_;
    FakeIrqTable table_{pins_};
    lintel_events shared_{};
    std::vector<PortState> storage_;
    Sink sink_;
    EventChannels<Sink> events_{shared_, storage_, 2, sink_};
    std::map<Port, unsigned> events_of_;
};

} // namespace lintel
