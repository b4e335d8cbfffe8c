// SPDX-License-Identifier: Apache-2.0
// Device interrupts: from a pin to a port and back, and what is refused. Contract:
// docs/abi/irqs.md.
#include "domain/irq_table.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "fakes/irq_machine.hpp"

namespace lintel {
namespace {

using IrqTableTest = IrqMachine;

// --- lines ---

TEST_F(IrqTableTest, bound_line_interrupts_the_wanted_cpu_with_the_lowest_free_vector)
{
    bind(edge_line(3));
    bind({7, Trigger::level, Polarity::low});
    chip_.drive(3, true);
    EXPECT_EQ(chip_.registers[0x10 + 6], first);
    EXPECT_EQ(chip_.registers[0x11 + 6], std::uint32_t{apic_id} << 24);
    EXPECT_EQ(chip_.registers[0x10 + 14] & ~FakeIoApic::remote_irr,
              (first + 1u) | FakeIoApic::level | FakeIoApic::active_low);
}

TEST_F(IrqTableTest, edge_raises_the_port_on_its_vcpu)
{
    const Port port = bind(edge_line(8), 1);
    chip_.drive(8, true);
    take_interrupts();
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{1});
    EXPECT_EQ(shared_.pending[0], 1u << port);
}

TEST_F(IrqTableTest, edge_is_never_masked_and_its_end_does_nothing)
{
    const Port port = bind(edge_line(8));
    const auto writes = chip_.writes;
    for (unsigned round = 1; round <= 3; ++round) {
        chip_.drive(8, true);
        chip_.drive(8, false);
        take_interrupts();
        EXPECT_EQ(events_of(port), round);
        end(port);
    }
    EXPECT_EQ(chip_.writes, writes);
}

TEST_F(IrqTableTest, level_line_that_stays_asserted_raises_one_event_for_each_end)
{
    const Port port = bind(level_line(10));
    chip_.drive(10, true);
    take_interrupts();
    EXPECT_EQ(events_of(port), 1u);
    EXPECT_TRUE(chip_.is_masked(10));
    for (unsigned round = 2; round <= 5; ++round) {
        end(port);
        take_interrupts();
        EXPECT_EQ(events_of(port), round);
        EXPECT_TRUE(chip_.is_masked(10));
    }
}

TEST_F(IrqTableTest, level_line_that_went_quiet_is_unmasked_by_its_end_and_silent)
{
    const Port port = bind(level_line(10));
    chip_.drive(10, true);
    take_interrupts();
    chip_.drive(10, false);
    end(port);
    take_interrupts();
    EXPECT_EQ(events_of(port), 1u);
    EXPECT_FALSE(chip_.is_masked(10));
    chip_.drive(10, true);
    take_interrupts();
    EXPECT_EQ(events_of(port), 2u);
}

TEST_F(IrqTableTest, line_that_is_asserted_when_it_is_bound_interrupts_at_once)
{
    chip_.drive(11, true);
    const Port port = bind(level_line(11));
    take_interrupts();
    EXPECT_EQ(events_of(port), 1u);
}

TEST_F(IrqTableTest, end_of_a_line_that_is_not_held_writes_nothing)
{
    const Port port = bind(level_line(10));
    const auto writes = chip_.writes;
    end(port);
    EXPECT_EQ(chip_.writes, writes);
}

TEST_F(IrqTableTest, masking_and_unmasking_are_one_write_each)
{
    const Port port = bind(level_line(10));
    chip_.drive(10, true);
    const auto before = chip_.writes.size();
    take_interrupts();
    EXPECT_EQ(chip_.writes.size(), before + 1);
    chip_.drive(10, false);
    end(port);
    EXPECT_EQ(chip_.writes.size(), before + 2);
}

TEST_F(IrqTableTest, lines_do_not_disturb_each_other)
{
    const Port one = bind(level_line(10)), other = bind(level_line(11));
    chip_.drive(10, true);
    take_interrupts();
    EXPECT_FALSE(chip_.is_masked(11));
    end(other);
    EXPECT_TRUE(chip_.is_masked(10));
    EXPECT_EQ(events_of(one), 1u);
    EXPECT_EQ(events_of(other), 0u);
}

// --- messages ---

TEST_F(IrqTableTest, message_names_cpu_and_vector_and_nothing_else)
{
    bind(edge_line(1));
    lintel_msi message{~0ull, ~0u, ~0u};
    EXPECT_TRUE(table_.bind_message(events_, 0, 0xfe, message).ok());
    EXPECT_EQ(message.address, 0xfeef'e000u);
    EXPECT_EQ(message.data, first + 1u);
    EXPECT_EQ(message.reserved, 0u);
}

TEST_F(IrqTableTest, every_message_is_an_event_and_touches_no_line)
{
    const Port port = bind_message();
    const auto writes = chip_.writes;
    for (unsigned round = 1; round <= 3; ++round) {
        take(first);
        EXPECT_EQ(events_of(port), round);
    }
    end(port);
    close(port);
    EXPECT_EQ(chip_.writes, writes);
}

// --- refused ---

TEST_F(IrqTableTest, interrupts_without_a_pin_are_not_found)
{
    for (const std::uint32_t gsi : {24u, 255u, ~0u})
        EXPECT_EQ(refused(edge_line(gsi)), Error::not_found);
}

TEST_F(IrqTableTest, second_binding_of_a_line_exists_whatever_its_trigger)
{
    bind(edge_line(5));
    const auto writes = chip_.writes;
    EXPECT_EQ(refused(edge_line(5)), Error::exists);
    EXPECT_EQ(refused({5, Trigger::level, Polarity::low}), Error::exists);
    EXPECT_EQ(chip_.writes, writes);
}

TEST_F(IrqTableTest, kept_line_is_busy)
{
    table_.keep(4);
    const auto writes = chip_.writes;
    EXPECT_EQ(refused(edge_line(4)), Error::busy);
    EXPECT_EQ(chip_.writes, writes);
    bind(edge_line(3));
}

TEST_F(IrqTableTest, unknown_vcpu_leaves_the_line_masked_and_free)
{
    EXPECT_EQ(refused(level_line(5), 2), Error::not_found);
    EXPECT_TRUE(chip_.is_masked(5));
    bind(level_line(5));
    EXPECT_EQ(chip_.registers[0x10 + 10] & 0xff, first);
}

TEST_F(IrqTableTest, ends_of_other_ports_are_refused)
{
    const Port ipi = events_.bind_ipi(0).take();
    const Port timer = events_.bind_virq(LINTEL_VIRQ_TIMER, 0).take();
    EXPECT_EQ(table_.end(events_, ipi).error(), Error::bad_argument);
    EXPECT_EQ(table_.end(events_, timer).error(), Error::bad_argument);
    for (const Port port : {0u, timer + 1, 4096u, ~0u})
        EXPECT_EQ(table_.end(events_, port).error(), Error::not_found);
}

TEST_F(IrqTableTest, vectors_run_out_and_come_back)
{
    std::vector<Port> ports;
    for (unsigned i = 0; i < vectors; ++i)
        ports.push_back(bind_message());
    lintel_msi message;
    EXPECT_EQ(table_.bind_message(events_, 0, apic_id, message).error(), Error::limit_reached);
    EXPECT_EQ(refused(edge_line(1)), Error::limit_reached);
    EXPECT_EQ(events_.bind_ipi(0).take(), vectors + 1); // the refused ones took no port
    close(ports[100]);
    bind(edge_line(1));
    EXPECT_EQ(chip_.registers[0x10 + 2] & 0xff, first + 100u);
}

class FewPortsTest : public IrqMachine {
protected:
    FewPortsTest() : IrqMachine{3} {}
};

// Of the class of XSA-496: an error path that keeps what it took.
TEST_F(FewPortsTest, vectors_and_lines_whose_ports_ran_out_are_free_again)
{
    const Port port = bind(edge_line(1));
    bind(edge_line(2));
    lintel_msi message;
    for (unsigned i = 0; i < 2 * vectors; ++i) {
        ASSERT_EQ(refused(level_line(3)), Error::limit_reached);
        ASSERT_EQ(table_.bind_message(events_, 0, apic_id, message).error(), Error::limit_reached);
    }
    EXPECT_TRUE(chip_.is_masked(3));
    close(port);
    EXPECT_EQ(bind(level_line(3)), port);
    EXPECT_EQ(chip_.registers[0x10 + 6] & 0xff, first);
}

} // namespace
} // namespace lintel
