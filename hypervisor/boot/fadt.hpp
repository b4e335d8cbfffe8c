// SPDX-License-Identifier: Apache-2.0
// The FADT: how the machine is reset and switched off.
// Layout: ACPI Specification, "Fixed ACPI Description Table (FADT)".
#pragma once

#include <cstdint>
#include <optional>

#include "boot/generic_address.hpp"
#include "support/result.hpp"
#include "support/span_reader.hpp"

namespace lintel::acpi {

struct Fadt {
    struct Reset {
        GenericAddress target; // a port, a byte of memory, or of PCI bus 0's configuration space
        std::uint8_t value;
    };

    std::uint64_t dsdt = 0;         // its physical address, 0 for none
    std::uint16_t pm1a_control = 0; // I/O ports, 0 for none
    std::uint16_t pm1b_control = 0;
    std::optional<Reset> reset; // where the firmware declares it supported
};

// From a verified table.
Result<Fadt> parse_fadt(Bytes table);

} // namespace lintel::acpi
