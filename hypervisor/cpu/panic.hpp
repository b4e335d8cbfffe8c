// SPDX-License-Identifier: Apache-2.0
// The end, when one of our own invariants is broken: say what is known, stop the machine.
#pragma once

#include <string_view>

#include "cpu/idt.hpp"

namespace lintel {

[[noreturn]] void panic(std::string_view reason);
[[noreturn]] void panic_on_exception(const InterruptFrame& frame);

// Nothing more can be done, for a reason that is not our fault: one line, then a quiet machine.
[[noreturn]] void halt_machine(std::string_view reason);

// Prints the vCPU that was being served; set by the layer that knows vCPUs.
void set_vcpu_reporter(void (*report)());

// Prints the callers found along the frame pointers from `frame_pointer` on.
void log_back_trace(std::uint64_t rip, std::uint64_t frame_pointer);

} // namespace lintel
