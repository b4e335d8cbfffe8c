// SPDX-License-Identifier: Apache-2.0
// The operator's console: where dom0's output goes, and what was typed on COM1.
#pragma once

#include <cstdint>

#include "support/output_ports.hpp"

namespace lintel {

void console_start(ConsolePort output);
void console_put(std::uint8_t byte);

// The oldest byte typed and not yet read, or -1.
int console_get();

// Moves what the serial line holds into the buffer, from its interrupt. Returns whether bytes wait.
bool console_receive();

} // namespace lintel
