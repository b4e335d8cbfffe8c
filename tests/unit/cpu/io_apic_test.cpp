// SPDX-License-Identifier: Apache-2.0
// I/O APIC: pins are masked until bound, and bound in an order that lets nothing half-written
// through. Intel 82093AA data sheet, "I/O Redirection Table Registers".
#include "cpu/io_apic.hpp"

#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr std::uint32_t version = 1, first_entry = 0x10, masked = 1u << 16;

// The index register and the window behind it, with every write to an entry kept in order.
struct FakeIoApic {
    struct Write {
        std::uint32_t index, value;
        bool operator==(const Write&) const = default;
    };
    std::uint32_t selected = 0;
    std::map<std::uint32_t, std::uint32_t> registers{{version, 23u << 16 | 0x20}};
    std::vector<Write> writes;
};

struct FakeRegisters {
    FakeIoApic* chip;
    std::uint32_t read(std::uint32_t offset) const
    {
        EXPECT_EQ(offset, 0x10u);
        return chip->registers[chip->selected];
    }
    void write(std::uint32_t offset, std::uint32_t value) const
    {
        if (offset == 0) {
            chip->selected = value;
            return;
        }
        EXPECT_EQ(offset, 0x10u);
        chip->registers[chip->selected] = value;
        chip->writes.push_back({chip->selected, value});
    }
};

class IoApicTest : public testing::Test {
protected:
    using Apic = IoApic<FakeRegisters>;
    FakeIoApic chip_;
    Apic apic_{FakeRegisters{&chip_}};
};

TEST_F(IoApicTest, version_register_tells_the_last_pin)
{
    EXPECT_EQ(apic_.pins(), 24u);
    chip_.registers[version] = 0xff << 16;
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
    apic_.bind(4, 0x21, Apic::Trigger::edge, Apic::Polarity::high, 7);
    const std::vector<FakeIoApic::Write> expected{{0x18, masked}, {0x19, 7u << 24}, {0x18, 0x21}};
    EXPECT_EQ(chip_.writes, expected);
}

TEST_F(IoApicTest, level_and_low_are_told)
{
    constexpr std::uint32_t low = 1u << 13, level = 1u << 15;
    apic_.bind(23, 0xfe, Apic::Trigger::level, Apic::Polarity::low, 0);
    EXPECT_EQ(chip_.registers[first_entry + 46], 0xfe | low | level);
    apic_.bind(23, 0xfe, Apic::Trigger::edge, Apic::Polarity::low, 0);
    EXPECT_EQ(chip_.registers[first_entry + 46], 0xfe | low);
}

} // namespace
} // namespace lintel
