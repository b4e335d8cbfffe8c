// SPDX-License-Identifier: Apache-2.0
// ACPI root pointer and table of tables.
#include "boot/acpi_tables.hpp"

namespace lintel::acpi {
namespace {

// Offsets in the root system description pointer.
constexpr std::uint64_t at_revision = 15;
constexpr std::uint64_t at_rsdt = 16;
constexpr std::uint64_t at_length = 20;
constexpr std::uint64_t at_xsdt = 24;
constexpr std::uint64_t old_size = 20; // revision 0, and what the first checksum covers
constexpr std::uint64_t new_size = 36; // revision 2 and later

constexpr std::string_view rsdp_signature = "RSD PTR ";

bool has_rsdp_signature(Bytes bytes)
{
    for (std::size_t i = 0; i < rsdp_signature.size(); ++i)
        if (bytes[i] != static_cast<std::byte>(rsdp_signature[i]))
            return false;
    return true;
}

} // namespace

bool checksum_is_zero(Bytes bytes)
{
    unsigned sum = 0;
    for (const auto byte : bytes)
        sum += static_cast<unsigned>(byte);
    return (sum & 0xff) == 0;
}

Result<Root> parse_rsdp(Bytes copy)
{
    const auto old_part = TRY(slice(copy, 0, old_size));
    if (!has_rsdp_signature(old_part) || !checksum_is_zero(old_part))
        return Error::bad_argument;
    const std::uint64_t rsdt = TRY(read_at<std::uint32_t>(copy, at_rsdt));
    if (TRY(read_at<std::uint8_t>(copy, at_revision)) >= 2) {
        const auto length = TRY(read_at<std::uint32_t>(copy, at_length));
        const auto whole = TRY(slice(copy, 0, length));
        if (length < new_size || !checksum_is_zero(whole))
            return Error::bad_argument;
        const auto xsdt = TRY(read_at<std::uint64_t>(copy, at_xsdt));
        if (xsdt != 0)
            return Root{xsdt, sizeof(std::uint64_t)};
    }
    if (rsdt == 0)
        return Error::bad_argument;
    return Root{rsdt, sizeof(std::uint32_t)};
}

Result<std::uint64_t> root_entry(Bytes table, Root root, std::uint64_t index)
{
    const std::uint64_t at = sizeof(TableHeader) + index * root.entry_size;
    if (root.entry_size == sizeof(std::uint64_t))
        return read_at<std::uint64_t>(table, at);
    return std::uint64_t{TRY(read_at<std::uint32_t>(table, at))};
}

} // namespace lintel::acpi
