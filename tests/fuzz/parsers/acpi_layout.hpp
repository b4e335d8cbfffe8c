// SPDX-License-Identifier: Apache-2.0
// Where the ACPI target puts what its input contains; its seeds point there.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lintel::fuzz {

inline constexpr std::size_t acpi_pointer_bytes = 36;
inline constexpr std::uint64_t acpi_first_table = 0x1000;
inline constexpr std::uint64_t acpi_table_distance = 0x1000;

} // namespace lintel::fuzz
