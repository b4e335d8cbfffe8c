// SPDX-License-Identifier: Apache-2.0
// The 8259s: initialised to vectors of our own, then masked. Intel 8259A data sheet.
#include "cpu/legacy_interrupts.hpp"

#include <map>

#include <gtest/gtest.h>

#include "fakes/fake_ports.hpp"

namespace lintel {
namespace {

// What one chip was told through its command port and its data port.
std::vector<std::uint8_t> sent(const FakePorts& ports, std::uint16_t port)
{
    std::vector<std::uint8_t> values;
    for (const auto& write : ports.writes)
        if (write.port == port)
            values.push_back(write.value);
    return values;
}

TEST(LegacyInterrupts, both_chips_are_initialised_and_left_with_every_line_masked)
{
    FakePorts ports;
    silence_legacy_interrupts<FakePorts>();
    using Bytes = std::vector<std::uint8_t>;
    constexpr std::uint8_t start = 0x11, mode_8086 = 0x01, all = 0xff;
    constexpr std::uint8_t second_on_line_2 = 1u << 2, its_number = 2;
    EXPECT_EQ(sent(ports, 0x20), Bytes{start});
    EXPECT_EQ(sent(ports, 0x21), (Bytes{0xf0, second_on_line_2, mode_8086, all}));
    EXPECT_EQ(sent(ports, 0xa0), Bytes{start});
    EXPECT_EQ(sent(ports, 0xa1), (Bytes{0xf8, its_number, mode_8086, all}));
    EXPECT_EQ(ports.writes.size(), 10u); // and nothing else was touched
}

} // namespace
} // namespace lintel
