// SPDX-License-Identifier: Apache-2.0
// A 16550 serial port, polled. National Semiconductor PC16550D data sheet, "Registers".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cpu/io.hpp"

namespace lintel {

template <typename Ports = MachinePorts>
class Uart {
public:
    static constexpr std::uint16_t com1 = 0x3f8;
    static constexpr unsigned fifo_depth = 16;

    constexpr explicit Uart(std::uint16_t base) : base_{base} {}

    // 115,200 baud, 8 bits, no parity, one stop bit, FIFOs on, interrupts off.
    // Returns whether there is a port at all: an absent one reads as ones.
    bool start() const
    {
        Ports::write(base_ + line_control, divisor_latch);
        Ports::write(base_ + divisor_low, 1);
        Ports::write(base_ + divisor_high, 0);
        Ports::write(base_ + line_control, eight_bits);
        Ports::write(base_ + interrupt_enable, 0);
        Ports::write(base_ + fifo_control, fifo_on_and_clear);
        Ports::write(base_ + modem_control, dtr_rts);
        return Ports::read(base_ + line_control) == eight_bits;
    }
    // An empty transmitter takes fifo_depth bytes at once.
    bool transmitter_empty() const
    {
        return (Ports::read(base_ + line_status) & holding_register_empty) != 0;
    }
    // Sends what the transmitter takes without waiting: nothing or up to fifo_depth bytes. How
    // many.
    std::size_t send_some(std::span<const std::byte> bytes) const
    {
        if (!transmitter_empty())
            return 0;
        const std::size_t count = bytes.size() < fifo_depth ? bytes.size() : fifo_depth;
        for (const std::byte byte : bytes.first(count))
            send(static_cast<std::uint8_t>(byte));
        return count;
    }
    // The last bit is on the line as well.
    bool all_sent() const { return (Ports::read(base_ + line_status) & shift_register_empty) != 0; }
    void send(std::uint8_t byte) const { Ports::write(base_, byte); }
    // From now on an interrupt tells that a byte has come. OUT2 connects the line, as on every PC.
    void interrupt_on_receive() const
    {
        Ports::write(base_ + modem_control, dtr_rts | out2);
        Ports::write(base_ + interrupt_enable, data_available);
    }
    bool byte_waits() const { return (Ports::read(base_ + line_status) & data_ready) != 0; }
    std::uint8_t receive() const { return Ports::read(base_); }

private:
    static constexpr std::uint16_t divisor_low = 0, divisor_high = 1, interrupt_enable = 1,
                                   fifo_control = 2, line_control = 3, modem_control = 4,
                                   line_status = 5;
    static constexpr std::uint8_t divisor_latch = 0x80, eight_bits = 0x03, fifo_on_and_clear = 0x07,
                                  dtr_rts = 0x03, out2 = 0x08, data_available = 0x01,
                                  data_ready = 0x01, holding_register_empty = 0x20,
                                  shift_register_empty = 0x40;
    std::uint16_t base_;
};

} // namespace lintel
