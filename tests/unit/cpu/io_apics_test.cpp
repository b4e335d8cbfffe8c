// SPDX-License-Identifier: Apache-2.0
// Several I/O APICs: which pin of which one an interrupt is.
#include "cpu/io_apics.hpp"

#include <array>

#include <gtest/gtest.h>

#include "fakes/fake_io_apic.hpp"

namespace lintel {
namespace {

constexpr Redirection entry = Redirection::to(0x30, Trigger::edge, Polarity::high);

class IoApicsTest : public testing::Test {
protected:
    Result<> add(FakeIoApic& chip, std::uint32_t base)
    {
        return set_.add(IoApic{FakeIoApicRegisters{&chip}}, base);
    }
    std::array<FakeIoApic, 2> chips_;
    IoApics<FakeIoApicRegisters> set_;
};

TEST_F(IoApicsTest, added_one_has_every_pin_masked)
{
    for (std::uint32_t pin = 0; pin < FakeIoApic::pins; ++pin)
        chips_[0].registers[FakeIoApic::first_entry + 2 * pin] = 0x8;
    ASSERT_TRUE(add(chips_[0], 0).ok());
    for (unsigned pin = 0; pin < FakeIoApic::pins; ++pin)
        EXPECT_TRUE(chips_[0].is_masked(pin)) << pin;
}

TEST_F(IoApicsTest, interrupt_is_the_pin_at_its_distance_from_the_base)
{
    ASSERT_TRUE(add(chips_[0], 0).ok());
    ASSERT_TRUE(add(chips_[1], 24).ok());
    set_.find(23).take().program(entry, 1);
    set_.find(24).take().program(entry, 2);
    EXPECT_FALSE(chips_[0].is_masked(23));
    EXPECT_FALSE(chips_[1].is_masked(0));
    EXPECT_TRUE(chips_[1].is_masked(23));
}

TEST_F(IoApicsTest, interrupts_that_no_chip_has_are_not_found)
{
    EXPECT_EQ(set_.find(0).error(), Error::not_found);
    ASSERT_TRUE(add(chips_[0], 16).ok());
    ASSERT_TRUE(add(chips_[1], ~0u - 3).ok());
    for (const std::uint32_t gsi : {0u, 15u, 40u, ~0u - 4})
        EXPECT_EQ(set_.find(gsi).error(), Error::not_found) << gsi;
    EXPECT_TRUE(set_.find(~0u).ok()); // the range must not wrap
}

TEST_F(IoApicsTest, one_more_than_the_table_has_room_for_is_refused_and_masked)
{
    for (std::uint32_t i = 0; i < 16; ++i)
        ASSERT_TRUE(add(chips_[0], 24 * i).ok());
    EXPECT_EQ(add(chips_[1], 24 * 16).error(), Error::limit_reached);
    EXPECT_TRUE(chips_[1].is_masked(0));
}

} // namespace
} // namespace lintel
