// SPDX-License-Identifier: Apache-2.0
// The log's storage and its outputs. Not locked: one CPU runs so far.
#include "cpu/log.hpp"

#include <array>

#include "cpu/clock.hpp"
#include "cpu/io.hpp"
#include "cpu/uart.hpp"
#include "support/log_ring.hpp"

namespace lintel {

namespace {

constexpr std::uint16_t e9_port = 0xe9;

std::array<char, 64 * 1024> storage;
constinit LogRing ring{storage};
LogPorts outputs;
bool started = false;
LogLevel threshold = LogLevel::info;
std::uint64_t com1_cursor, e9_cursor;
ConsolePort console = ConsolePort::none;
bool com1_ready = false;
constexpr Uart<> com1{Uart<>::com1};

bool com1_present()
{
    if (!com1_ready)
        com1_ready = com1.start();
    return com1_ready;
}

} // namespace

void log_start(LogPorts wanted, LogLevel level)
{
    started = true;
    outputs.e9 = wanted.e9 && in8(e9_port) == e9_port; // the port answers with its own number
    outputs.com1 = wanted.com1 && com1_present();
    threshold = level;
}

void log_text(LogLevel level, std::string_view text)
{
    if (level > threshold)
        return;
    ring.append(level, system_time_ns(), text);
    log_drain();
}

bool log_drain()
{
    std::array<char, Uart<>::fifo_depth> chunk;
    while (outputs.e9 && e9_cursor != ring.end()) {
        const auto read = ring.read(e9_cursor, chunk);
        for (std::size_t at = 0; at < read.copied; ++at)
            out8(e9_port, static_cast<std::uint8_t>(chunk[at]));
    }
    if (!outputs.com1 || com1_cursor == ring.end())
        return false;
    if (com1.transmitter_empty()) {
        const auto read = ring.read(com1_cursor, chunk);
        for (std::size_t at = 0; at < read.copied; ++at)
            com1.send(static_cast<std::uint8_t>(chunk[at]));
    }
    return com1_cursor != ring.end();
}

void log_flush()
{
    if (!started) // an end before the command line was read: everywhere
        log_start({.e9 = true, .com1 = true}, threshold);
    while (log_drain()) {
    }
    while (outputs.com1 && !com1.transmitter_empty()) {
    }
}

void console_start(ConsolePort output)
{
    const bool e9_missing = output == ConsolePort::e9 && in8(e9_port) != e9_port;
    console = e9_missing ? ConsolePort::com1 : output;
    if (console != ConsolePort::none)
        com1_present(); // typed bytes come in by COM1 in either case
}

void console_put(char byte)
{
    if (console == ConsolePort::e9) {
        out8(e9_port, static_cast<std::uint8_t>(byte));
    } else if (console == ConsolePort::com1 && com1_ready) {
        while (!com1.transmitter_empty()) {
        }
        com1.send(static_cast<std::uint8_t>(byte));
    }
}

int console_get()
{
    if (console == ConsolePort::none || !com1_ready || !com1.byte_waits())
        return -1;
    return com1.receive();
}

} // namespace lintel
