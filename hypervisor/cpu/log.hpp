// SPDX-License-Identifier: Apache-2.0
// The hypervisor's log: one ring, and the outputs that follow it. Printing never makes a guest
// wait: lines go to the ring, and a slow output catches up when the CPU idles.
#pragma once

#include <string_view>

#include "support/format.hpp"
#include "support/log_level.hpp"
#include "support/log_ring.hpp"
#include "support/output_ports.hpp"

namespace lintel {

void log_start(LogPorts wanted, LogLevel level);
void log_text(LogLevel level, std::string_view text);

template <typename... Args>
void log(LogLevel level, FormatTextFor<Args...> text, const Args&... args)
{
    char line[240];
    log_text(level, format<Args...>(line, text, args...));
}

// For readers with a position of their own: support/log_ring.hpp.
LogRing::Read log_read(std::uint64_t& cursor, std::span<char> out);
std::uint64_t log_end();

// Gives the outputs what they take without waiting. Returns whether text is left.
bool log_drain();
// Takes the log from whoever holds it, after all other CPUs have been stopped.
void log_seize();
// Waits until every output has everything: before a halt or a power-off.
void log_flush();

} // namespace lintel
