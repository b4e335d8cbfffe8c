// SPDX-License-Identifier: Apache-2.0
// The operator's console: where dom0's output goes, and what was typed on COM1.
#pragma once

#include <cstddef>
#include <span>

#include "support/output_ports.hpp"

namespace lintel {

void console_start(ConsolePort output);
// How many of the bytes, of which there is one at least, are on their way: all, or with a serial
// line as many as its buffer holds. Waits for the bytes before them to be on the line, no longer.
std::size_t console_put(std::span<const std::byte> bytes);

// The oldest byte typed and not yet read, or -1.
int console_get();

// Moves what the serial line holds into the buffer, from its interrupt. Returns whether bytes wait.
bool console_receive();

} // namespace lintel
