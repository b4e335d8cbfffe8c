// SPDX-License-Identifier: Apache-2.0
// HPET table parsing.
#include "boot/hpet.hpp"

#include "boot/generic_address.hpp"

namespace lintel::acpi {

Result<std::uint64_t> parse_hpet(Bytes table)
{
    constexpr std::uint64_t at_base = 40;
    constexpr std::uint64_t register_bytes = 1024;

    const auto base = TRY(read_generic_address(table, at_base));
    if (base.space != GenericAddress::Space::memory || base.address == 0 ||
        base.address + register_bytes < base.address)
        return Error::bad_argument;
    return base.address;
}

} // namespace lintel::acpi
