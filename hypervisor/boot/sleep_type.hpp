// SPDX-License-Identifier: Apache-2.0
// What to write to the PM1 control registers to switch the machine off.
#pragma once

#include <cstdint>

#include "support/result.hpp"
#include "support/span_reader.hpp"

namespace lintel::acpi {

// SLP_TYP of state S5 for PM1a and PM1b, three bits each.
struct SleepType {
    std::uint8_t a;
    std::uint8_t b;
};

// Scans a DSDT for `Name (_S5_, Package () {a, b, ...})`; Error::not_found without one.
//
// A scan and no interpreter: AML belongs to dom0, and this one object is a constant in practice.
// Bytes that look like it by accident could give wrong values; the worst that comes of it is a
// machine that does not switch off, at the moment when nothing runs any more.
Result<SleepType> find_s5(Bytes dsdt);

} // namespace lintel::acpi
