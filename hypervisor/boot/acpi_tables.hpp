// SPDX-License-Identifier: Apache-2.0
// Finding ACPI tables. Layout: ACPI Specification, "ACPI Software Programming Model", sections
// "Root System Description Pointer", "System Description Table Header", "Root" and "Extended System
// Description Table".
//
// We read static tables only. AML is dom0's: the hypervisor has no interpreter.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "support/result.hpp"
#include "support/span_reader.hpp"

namespace lintel::acpi {

// Physical memory as bytes: the direct map on the machine, a fake in tests. May refuse; must not
// answer with fewer bytes than it was asked for.
template <typename T>
concept PhysicalBytes = requires(T& physical, std::uint64_t address, std::uint64_t size)
{
    {
        physical(address, size)
        } -> std::same_as<Result<Bytes>>;
};

struct TableHeader {
    char signature[4];
    std::uint32_t length; // with this header
    std::uint8_t revision;
    std::uint8_t checksum;
    char oem[14];
    std::uint32_t oem_revision;
    std::uint32_t creator;
    std::uint32_t creator_revision;

    std::string_view name() const { return {signature, sizeof signature}; }
};
static_assert(sizeof(TableHeader) == 36);

// Longer tables are taken for damage.
inline constexpr std::uint32_t longest_table = 16u << 20;

bool checksum_is_zero(Bytes bytes);

// The table of tables.
struct Root {
    std::uint64_t address;
    std::uint64_t entry_size; // 8 in an XSDT, 4 in an RSDT
};
// From a copy of the root system description pointer, as a boot loader hands it over.
Result<Root> parse_rsdp(Bytes copy);

// The address in entry `index`, Error::bad_argument past the last.
Result<std::uint64_t> root_entry(Bytes table, Root root, std::uint64_t index);

Result<TableHeader> read_header(PhysicalBytes auto& physical, std::uint64_t address)
{
    const auto header = TRY(read_at<TableHeader>(TRY(physical(address, sizeof(TableHeader))), 0));
    if (header.length < sizeof header || header.length > longest_table ||
        address + header.length < address)
        return Error::bad_argument;
    return header;
}

// The table at `address` as a whole, its checksum verified.
Result<Bytes> read_table(PhysicalBytes auto& physical, std::uint64_t address)
{
    const auto header = TRY(read_header(physical, address));
    const auto bytes = TRY(slice(TRY(physical(address, header.length)), 0, header.length));
    if (!checksum_is_zero(bytes))
        return Error::bad_argument;
    return bytes;
}

// The first table with this signature. Error::not_found without one, Error::bad_argument if it, or
// what leads to it, is damaged. Other damaged tables are passed over.
Result<Bytes> find_table(PhysicalBytes auto& physical, Bytes rsdp, std::string_view signature)
{
    const auto root = TRY(parse_rsdp(rsdp));
    const auto table = TRY(read_table(physical, root.address));
    for (std::uint64_t i = 0;; ++i) {
        auto address = root_entry(table, root, i);
        if (!address.ok())
            return Error::not_found;
        auto header = read_header(physical, address.value());
        if (header.ok() && header.value().name() == signature)
            return read_table(physical, address.value());
    }
}

} // namespace lintel::acpi
