// SPDX-License-Identifier: Apache-2.0
// The HPET table. Layout: IA-PC HPET Specification, "The ACPI 2.0 HPET Description Table".
#pragma once

#include <cstdint>

#include "support/result.hpp"
#include "support/span_reader.hpp"

namespace lintel::acpi {

// The physical address of the timer's registers, from a verified table.
Result<std::uint64_t> parse_hpet(Bytes table);

} // namespace lintel::acpi
