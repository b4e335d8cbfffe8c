// SPDX-License-Identifier: Apache-2.0
// The hypervisor's own page tables in root mode: the image with the rights its parts need (code is
// not writable, data is not executable) and the direct map of the machine's memory, never
// executable.
#pragma once

#include <cstddef>
#include <cstdint>

#include "support/result.hpp"

namespace lintel {

// Builds the tables for machine addresses below `memory_end` and loads CR3.
Result<> load_host_map(std::uint64_t memory_end);

// Loads CR3 on another CPU. The tables change no more once others run.
void use_host_map();

// Shows one page of device registers, uncacheable; for good. After load_host_map.
Result<volatile std::byte*> map_device_page(std::uint64_t machine_address);

} // namespace lintel
