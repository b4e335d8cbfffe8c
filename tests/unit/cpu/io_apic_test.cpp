// SPDX-License-Identifier: Apache-2.0
// I/O APIC: pins are masked until bound, and bound in an order that lets nothing half-written
// through. Intel 82093AA data sheet, "I/O Redirection Table Registers".
#include "cpu/io_apic.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_io_apic.hpp"

namespace lintel {
namespace {

constexpr std::uint32_t first_entry = FakeIoApic::first_entry, masked = FakeIoApic::masked;
constexpr std::uint32_t old_version = 0x11;

class IoApicTest : public testing::Test {
protected:
    FakeIoApic chip_;
    IoApic<FakeIoApicRegisters> apic_{FakeIoApicRegisters{&chip_}};
};

TEST_F(IoApicTest, version_register_tells_the_last_pin)
{
    EXPECT_EQ(apic_.pins(), 24u);
    chip_.registers[FakeIoApic::version_index] = 0xff << 16;
    EXPECT_EQ(apic_.pins(), 120u); // as many as the index register can name
}

TEST_F(IoApicTest, masking_reaches_every_pin_and_nothing_else)
{
    apic_.mask_all();
    ASSERT_EQ(chip_.writes.size(), 24u);
    for (std::uint32_t pin = 0; pin < 24; ++pin)
        EXPECT_EQ(chip_.writes[pin], (FakeIoApic::Write{first_entry + 2 * pin, masked}));
}

TEST_F(IoApicTest, pin_is_masked_while_its_entry_is_written)
{
    apic_.program(4, Redirection::to(0x21, Trigger::edge, Polarity::high), 7);
    const std::vector<FakeIoApic::Write> expected{
        {0x18, masked | 0x21}, {0x19, 7u << 24}, {0x18, 0x21}};
    EXPECT_EQ(chip_.writes, expected);
}

TEST_F(IoApicTest, level_and_low_are_told)
{
    chip_.drive(23, true); // not asserted when active-low
    apic_.program(23, Redirection::to(0xfe, Trigger::level, Polarity::low), 0);
    EXPECT_EQ(chip_.registers[first_entry + 46], 0xfe | FakeIoApic::active_low | FakeIoApic::level);
    apic_.program(23, Redirection::to(0xfe, Trigger::edge, Polarity::low), 0);
    EXPECT_EQ(chip_.registers[first_entry + 46], 0xfe | FakeIoApic::active_low);
}

TEST_F(IoApicTest, masking_a_pin_is_one_write)
{
    const auto entry = Redirection::to(0x31, Trigger::level, Polarity::low);
    apic_.set(5, entry.masked());
    EXPECT_EQ(chip_.writes, (std::vector<FakeIoApic::Write>{{0x1a, entry.raw() | masked}}));
}

// The end of an interrupt from the pin's last life would come with the old vector.
class StaleEndTest : public testing::TestWithParam<std::uint32_t> {
protected:
    FakeIoApic chip_{GetParam()};
    IoApic<FakeIoApicRegisters> apic_{FakeIoApicRegisters{&chip_}};
};

TEST_P(StaleEndTest, pin_that_waits_for_the_end_of_an_old_vector_interrupts_with_the_new_one)
{
    apic_.program(9, Redirection::to(0x30, Trigger::level, Polarity::high), 1);
    chip_.drive(9, true);
    apic_.set(9, Redirection::to(0x30, Trigger::level, Polarity::high).masked());
    apic_.program(9, Redirection::to(0x31, Trigger::level, Polarity::high), 2);
    EXPECT_EQ(chip_.sent, (std::vector<FakeIoApic::Sent>{{0x30, 1}, {0x31, 2}}));
}

TEST_P(StaleEndTest, what_firmware_left_waiting_is_forgotten)
{
    chip_.registers[first_entry + 18] = 0x70 | FakeIoApic::level | FakeIoApic::remote_irr;
    apic_.mask_all();
    chip_.drive(9, true);
    apic_.program(9, Redirection::to(0x31, Trigger::level, Polarity::high), 2);
    EXPECT_EQ(chip_.sent, (std::vector<FakeIoApic::Sent>{{0x31, 2}}));
}

INSTANTIATE_TEST_SUITE_P(Versions, StaleEndTest, testing::Values(0x20u, old_version));

} // namespace
} // namespace lintel
