// SPDX-License-Identifier: Apache-2.0
// FADT parsing. The table grew with every revision: a field that is not there reads as absent.
#include "boot/fadt.hpp"

namespace lintel::acpi {
namespace {

constexpr std::uint64_t at_dsdt = 40;
constexpr std::uint64_t at_pm1a_control = 64;
constexpr std::uint64_t at_pm1b_control = 68;
constexpr std::uint64_t at_flags = 112;
constexpr std::uint64_t at_reset_register = 116;
constexpr std::uint64_t at_reset_value = 128;
constexpr std::uint64_t at_dsdt_64 = 140;
constexpr std::uint64_t at_pm1a_control_64 = 172;
constexpr std::uint64_t at_pm1b_control_64 = 184;

constexpr std::uint32_t flag_reset_supported = 1u << 10;

// The wide field counts where it names a port, else the narrow one.
Result<std::uint16_t> control_port(Bytes table, std::uint64_t narrow, std::uint64_t wide)
{
    auto address = read_generic_address(table, wide);
    if (address.ok() && address.value().is_port())
        return static_cast<std::uint16_t>(address.value().address);
    const auto port = TRY(read_at<std::uint32_t>(table, narrow));
    if (port > 0xffff)
        return Error::bad_argument;
    return static_cast<std::uint16_t>(port);
}

std::optional<Fadt::Reset> reset(Bytes table, std::uint32_t flags)
{
    auto target = read_generic_address(table, at_reset_register);
    auto value = read_at<std::uint8_t>(table, at_reset_value);
    if ((flags & flag_reset_supported) == 0 || !target.ok() || !value.ok())
        return {};
    const auto& [space, address] = target.value();
    const bool usable = target.value().is_port() ||
                        (space == GenericAddress::Space::memory && address != 0) ||
                        space == GenericAddress::Space::pci;
    if (!usable)
        return {};
    return Fadt::Reset{target.value(), value.value()};
}

} // namespace

Result<Fadt> parse_fadt(Bytes table)
{
    Fadt fadt;
    fadt.dsdt = TRY(read_at<std::uint32_t>(table, at_dsdt));
    auto wide = read_at<std::uint64_t>(table, at_dsdt_64);
    if (wide.ok() && wide.value() != 0)
        fadt.dsdt = wide.value();
    fadt.pm1a_control = TRY(control_port(table, at_pm1a_control, at_pm1a_control_64));
    fadt.pm1b_control = TRY(control_port(table, at_pm1b_control, at_pm1b_control_64));
    fadt.reset = reset(table, TRY(read_at<std::uint32_t>(table, at_flags)));
    return fadt;
}

} // namespace lintel::acpi
