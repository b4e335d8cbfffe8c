// SPDX-License-Identifier: Apache-2.0
// The serial port: set-up, presence, and one byte in each direction.
#include "cpu/uart.hpp"

#include <array>
#include <map>

#include <gtest/gtest.h>

#include "fakes/fake_ports.hpp"

namespace lintel {
namespace {

constexpr std::uint16_t base = Uart<FakePorts>::com1;
constexpr std::uint16_t line_control = base + 3, line_status = base + 5;

class UartTest : public testing::Test {
protected:
    // Registers that read back what was written.
    void answer()
    {
        ports_.on_write = [this](std::uint16_t port, std::uint8_t value) {
            registers_[port] = value;
        };
        ports_.on_read = [this](std::uint16_t port) { return registers_[port]; };
    }
    FakePorts ports_;
    std::map<std::uint16_t, std::uint8_t> registers_;
    Uart<FakePorts> uart_{base};
};

TEST_F(UartTest, start_sets_115200_8n1_with_clean_fifos_and_no_interrupts)
{
    answer();
    EXPECT_TRUE(uart_.start());
    const std::vector<FakePorts::Write> expected{
        {line_control, 0x80}, {base, 1},     {base + 1, 0},    // divisor 1
        {line_control, 0x03}, {base + 1, 0}, {base + 2, 0x07}, // 8n1, no interrupts, FIFOs
        {base + 4, 0x03}};                                     // DTR, RTS
    EXPECT_EQ(ports_.writes, expected);
}

TEST_F(UartTest, absent_port_reads_as_ones_and_is_not_started)
{
    EXPECT_FALSE(uart_.start());
}

TEST_F(UartTest, status_bits_tell_when_a_byte_can_be_sent_and_when_one_waits)
{
    answer();
    registers_[line_status] = 0;
    EXPECT_FALSE(uart_.transmitter_empty());
    EXPECT_FALSE(uart_.byte_waits());
    registers_[line_status] = 0x20;
    EXPECT_TRUE(uart_.transmitter_empty());
    registers_[line_status] = 0x01;
    EXPECT_TRUE(uart_.byte_waits());
}

TEST_F(UartTest, as_many_bytes_are_sent_as_an_empty_transmitter_takes)
{
    answer();
    std::array<std::byte, 20> bytes;
    bytes.fill(std::byte{'x'});
    registers_[line_status] = 0;
    EXPECT_EQ(uart_.send_some(bytes), 0u);
    EXPECT_TRUE(ports_.writes.empty());
    registers_[line_status] = 0x20;
    EXPECT_EQ(uart_.send_some(std::span{bytes}.first(3)), 3u);
    EXPECT_EQ(uart_.send_some(bytes), 16u);
    EXPECT_EQ(ports_.writes, std::vector(19, FakePorts::Write{base, 'x'}));
}

TEST_F(UartTest, receive_interrupt_is_switched_on_with_its_line)
{
    uart_.interrupt_on_receive();
    constexpr std::uint8_t dtr_rts_out2 = 0x0b, data_available = 1;
    EXPECT_EQ(ports_.writes, (std::vector<FakePorts::Write>{{base + 4, dtr_rts_out2},
                                                            {base + 1, data_available}}));
}

TEST_F(UartTest, bytes_go_through_the_first_register)
{
    answer();
    uart_.send('x');
    EXPECT_EQ(ports_.writes.back(), (FakePorts::Write{base, 'x'}));
    registers_[base] = 'y';
    EXPECT_EQ(uart_.receive(), 'y');
}

} // namespace
} // namespace lintel
