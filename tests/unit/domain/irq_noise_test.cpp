// SPDX-License-Identifier: Apache-2.0
// Device interrupts that nobody waits for: of closed lines, of vectors that changed hands,
// repeated, forged. Reasons: docs/design/interrupts.md.
#include "domain/irq_table.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "fakes/irq_machine.hpp"

namespace lintel {
namespace {

using IrqNoiseTest = IrqMachine;

TEST_F(IrqNoiseTest, closed_line_is_masked_and_silent)
{
    const Port port = bind(level_line(10));
    close(port);
    EXPECT_TRUE(chip_.is_masked(10));
    chip_.drive(10, true);
    EXPECT_TRUE(chip_.sent.empty());
}

TEST_F(IrqNoiseTest, closing_a_held_line_leaves_it_masked)
{
    const Port port = bind(level_line(10));
    chip_.drive(10, true);
    take_interrupts();
    close(port);
    EXPECT_TRUE(chip_.is_masked(10));
    EXPECT_EQ(table_.end(events_, port).error(), Error::not_found);
    EXPECT_TRUE(chip_.is_masked(10));
}

TEST_F(IrqNoiseTest, closed_line_can_be_bound_again_and_works)
{
    close(bind(level_line(10)));
    const Port port = bind(edge_line(10));
    chip_.drive(10, true);
    take_interrupts();
    EXPECT_EQ(events_of(port), 1u);
}

TEST_F(IrqNoiseTest, interrupt_on_its_way_when_its_line_is_closed_is_noise)
{
    const Port port = bind(level_line(10));
    chip_.drive(10, true); // sent, not taken yet
    close(port);
    take_interrupts();
    EXPECT_EQ(events_of(port), 0u);
    EXPECT_EQ(table_.noise().unbound, 1u);
    EXPECT_TRUE(chip_.is_masked(10));
}

// The vector has another line by then: one spurious event, as the contract allows, and both lines
// go on working.
TEST_F(IrqNoiseTest, interrupt_on_its_way_when_its_vector_changes_hands_is_one_spurious_event)
{
    const Port old_port = bind(level_line(10));
    chip_.drive(10, true);
    close(old_port);
    const Port port = bind(level_line(11));
    take_interrupts();
    EXPECT_EQ(events_of(port), 1u);
    end(port);
    EXPECT_FALSE(chip_.is_masked(11));
    chip_.drive(11, true);
    take_interrupts();
    EXPECT_EQ(events_of(port), 2u);
    const Port again = bind(level_line(10)); // still asserted
    take_interrupts();
    EXPECT_EQ(events_of(again), 1u);
}

// Its end comes with a vector that the line no longer has.
TEST_F(IrqNoiseTest, line_that_changed_its_vector_with_an_interrupt_on_its_way_is_not_dead)
{
    const Port old_port = bind(level_line(10));
    chip_.drive(10, true);
    close(old_port);
    bind_message(); // takes the old vector
    const Port port = bind(level_line(10));
    take_interrupts();
    EXPECT_EQ(events_of(port), 1u);
    end(port);
    take_interrupts();
    EXPECT_EQ(events_of(port), 2u);
}

// An I/O APIC may send twice before the mask reaches it; a device may forge the vector.
TEST_F(IrqNoiseTest, repeated_interrupt_of_a_held_line_is_ignored)
{
    const Port port = bind(level_line(10));
    chip_.drive(10, true);
    take_interrupts();
    take(first);
    EXPECT_EQ(events_of(port), 1u);
    EXPECT_EQ(table_.noise().repeated, 1u);
    EXPECT_TRUE(chip_.is_masked(10));
    end(port);
    take_interrupts();
    EXPECT_EQ(events_of(port), 2u);
}

// The guest ended it early: a spurious event, whose end opens the line again.
TEST_F(IrqNoiseTest, late_interrupt_of_an_open_line_does_not_leave_it_masked)
{
    const Port port = bind(level_line(10));
    take(first);
    EXPECT_EQ(events_of(port), 1u);
    EXPECT_TRUE(chip_.is_masked(10));
    end(port);
    EXPECT_FALSE(chip_.is_masked(10));
}

TEST_F(IrqNoiseTest, vectors_that_nobody_has_bound_are_counted_and_change_nothing)
{
    const auto writes = chip_.writes;
    for (unsigned vector = first; vector <= last; ++vector)
        EXPECT_EQ(table_.take(static_cast<std::uint8_t>(vector)).error(), Error::not_found);
    EXPECT_EQ(table_.noise().unbound, vectors);
    EXPECT_EQ(chip_.writes, writes);
    EXPECT_TRUE(sink_.vcpus.empty());
}

TEST_F(IrqNoiseTest, unbound_lines_stay_silent)
{
    for (unsigned pin = 0; pin < FakeIoApic::pins; ++pin)
        chip_.drive(pin, true);
    EXPECT_TRUE(chip_.sent.empty());
}

TEST_F(IrqNoiseTest, moved_port_takes_its_line_along)
{
    const Port port = bind(level_line(10), 0);
    EXPECT_TRUE(events_.move(port, 1).ok());
    chip_.drive(10, true);
    take_interrupts();
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{1});
    end(port);
    take_interrupts();
    EXPECT_EQ(events_of(port), 2u);
}

TEST(IrqVectors, range_leaves_the_hypervisors_own_alone)
{
    EXPECT_FALSE(FakeIrqTable::has(0x2f));
    EXPECT_TRUE(FakeIrqTable::has(0x30));
    EXPECT_TRUE(FakeIrqTable::has(0xef));
    EXPECT_FALSE(FakeIrqTable::has(0xf0));
}

} // namespace
} // namespace lintel
