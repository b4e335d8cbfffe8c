// SPDX-License-Identifier: Apache-2.0
// Starts the machine's other processors.
#pragma once

#include <cstdint>

#include "boot/madt.hpp"
#include "mm/frame_set.hpp"

namespace lintel {

// Starts every enabled processor of the table, one after the other; each is in VMX operation with
// its own block adopted when it runs `main`, and never comes back. One that does not answer, or
// lacks what the first one has, is left out, with a line in the log. `ram`: all RAM; a page of it
// below 1 MiB is borrowed meanwhile.
void start_processors(const acpi::Madt& madt, const FrameSet& ram, void (*main)());

} // namespace lintel
