// SPDX-License-Identifier: Apache-2.0
// The log's storage and its outputs, under one lock.
#include "cpu/log.hpp"

#include <array>

#include "cpu/clock.hpp"
#include "cpu/com1.hpp"
#include "cpu/io.hpp"
#include "cpu/spin_lock.hpp"

namespace lintel {

namespace {

SpinLock lock;
std::array<char, 64 * 1024> storage;
constinit LogRing ring{storage};
LogPorts outputs;
bool started = false;
LogLevel threshold = LogLevel::info;
std::uint64_t com1_cursor, e9_cursor;

// Gives the outputs what they take without waiting. Returns whether text is left.
bool drain()
{
    std::array<char, Uart<>::fifo_depth> chunk;
    while (outputs.e9 && e9_cursor != ring.end()) {
        const auto read = ring.read(e9_cursor, chunk);
        for (std::size_t at = 0; at < read.copied; ++at)
            out8(e9_port, static_cast<std::uint8_t>(chunk[at]));
    }
    if (!outputs.com1 || com1_cursor == ring.end())
        return false;
    const Guard guard{com1_transmit_lock};
    if (com1.transmitter_empty()) {
        const auto read = ring.read(com1_cursor, chunk);
        for (std::size_t at = 0; at < read.copied; ++at)
            com1.send(static_cast<std::uint8_t>(chunk[at]));
    }
    return com1_cursor != ring.end();
}

} // namespace

void log_start(LogPorts wanted, LogLevel level)
{
    started = true;
    outputs.e9 = wanted.e9 && e9_present();
    outputs.com1 = wanted.com1 && com1_present();
    threshold = level;
}

void log_text(LogLevel level, std::string_view text)
{
    if (level > threshold)
        return;
    const Guard guard{lock};
    ring.append(level, system_time_ns(), text);
    drain();
}

LogRing::Read log_read(std::uint64_t& cursor, std::span<char> out)
{
    const Guard guard{lock};
    return ring.read(cursor, out);
}

std::uint64_t log_end()
{
    const Guard guard{lock};
    return ring.end();
}

bool log_drain()
{
    if (!lock.try_lock()) // whoever has it drains
        return true;
    const bool left = drain();
    lock.unlock();
    return left;
}

void log_seize()
{
    for (SpinLock* held : {&lock, &com1_transmit_lock}) {
        held->seize();
        held->unlock();
    }
}

void log_flush()
{
    if (!started) // an end before the command line was read: everywhere
        log_start({.e9 = true, .com1 = true}, threshold);
    while (log_drain()) {
    }
    while (outputs.com1 && !com1.all_sent()) {
    }
}

} // namespace lintel
