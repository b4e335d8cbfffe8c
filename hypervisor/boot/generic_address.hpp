// SPDX-License-Identifier: Apache-2.0
// Where a register is. Layout: ACPI Specification, "Generic Address Structure".
#pragma once

#include <cstdint>

#include "support/result.hpp"
#include "support/span_reader.hpp"

namespace lintel::acpi {

struct GenericAddress {
    enum class Space : std::uint8_t {
        memory = 0,
        io = 1,
        pci = 2
    }; // others are not for us

    Space space;
    std::uint64_t address;

    // A register that the IN and OUT instructions reach.
    constexpr bool is_port() const
    {
        return space == Space::io && address != 0 && address <= 0xffff;
    }
    constexpr bool operator==(const GenericAddress&) const = default;
};

inline Result<GenericAddress> read_generic_address(Bytes bytes, std::uint64_t offset)
{
    // Space, width, bit offset and access size take a byte each. The address is not aligned.
    const auto space = TRY(read_at<std::uint8_t>(bytes, offset));
    const auto address = TRY(read_at<std::uint64_t>(bytes, offset + 4));
    return GenericAddress{static_cast<GenericAddress::Space>(space), address};
}

} // namespace lintel::acpi
