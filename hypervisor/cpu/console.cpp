// SPDX-License-Identifier: Apache-2.0
// Console output, and the buffer of typed bytes under its lock.
#include "cpu/console.hpp"

#include <array>

#include "cpu/com1.hpp"
#include "cpu/spin_lock.hpp"

namespace lintel {

namespace {

SpinLock lock; // of what was typed
ConsolePort port = ConsolePort::none;
std::array<std::uint8_t, 256> typed; // free-running indices; a full buffer drops the newest bytes
std::uint32_t typed_end, typed_begin;

} // namespace

void console_start(ConsolePort output)
{
    port = output == ConsolePort::e9 && !e9_present() ? ConsolePort::com1 : output;
    if (port != ConsolePort::none && com1_present())
        com1.interrupt_on_receive(); // typing goes to COM1 wherever the output goes
}

std::size_t console_put(std::span<const std::byte> bytes)
{
    if (port == ConsolePort::com1 && com1_present()) {
        for (;;) {
            const Guard guard{com1_transmit_lock}; // not held all the time: the log wants its share
            if (const std::size_t sent = com1.send_some(bytes))
                return sent;
        }
    }
    if (port == ConsolePort::e9)
        for (const std::byte byte : bytes)
            out8(e9_port, static_cast<std::uint8_t>(byte));
    return bytes.size();
}

int console_get()
{
    const Guard guard{lock};
    return typed_begin == typed_end ? -1 : typed[typed_begin++ % typed.size()];
}

bool console_receive()
{
    const Guard guard{lock};
    while (port != ConsolePort::none && com1_present() && com1.byte_waits()) {
        const std::uint8_t byte = com1.receive();
        if (typed_end - typed_begin < typed.size())
            typed[typed_end++ % typed.size()] = byte;
    }
    return typed_begin != typed_end;
}

} // namespace lintel
