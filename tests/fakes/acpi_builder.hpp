// SPDX-License-Identifier: Apache-2.0
// ACPI tables put together for tests, with good lengths and checksums.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "fakes/byte_builder.hpp"

namespace lintel::acpi {

// Makes the first `size` bytes sum to zero by the one at `at`.
inline void fix_checksum(ByteBuilder& bytes, std::size_t size, std::size_t at)
{
    bytes.set(at, std::uint8_t{0});
    unsigned sum = 0;
    for (std::size_t i = 0; i < size; ++i)
        sum += static_cast<unsigned>(bytes.bytes()[i]);
    bytes.set(at, static_cast<std::uint8_t>(0x100 - (sum & 0xff)));
}

inline void fix_table(ByteBuilder& bytes)
{
    constexpr std::size_t at_length = 4;
    constexpr std::size_t at_checksum = 9;
    bytes.set(at_length, static_cast<std::uint32_t>(bytes.size()));
    fix_checksum(bytes, bytes.size(), at_checksum);
}

inline ByteBuilder table(std::string_view signature, const ByteBuilder& body)
{
    ByteBuilder bytes;
    bytes.add_text(signature).zeros(4).add(std::uint8_t{1}).zeros(27);
    bytes.add_bytes(body.bytes());
    fix_table(bytes);
    return bytes;
}

inline ByteBuilder xsdt(std::initializer_list<std::uint64_t> entries)
{
    ByteBuilder body;
    for (const auto entry : entries)
        body.add(entry);
    return table("XSDT", body);
}

inline ByteBuilder rsdt(std::initializer_list<std::uint32_t> entries)
{
    ByteBuilder body;
    for (const auto entry : entries)
        body.add(entry);
    return table("RSDT", body);
}

inline ByteBuilder rsdp_old(std::uint32_t rsdt)
{
    ByteBuilder bytes;
    bytes.add_text("RSD PTR ").add('\0').add_text("LINTEL").add(std::uint8_t{0}).add(rsdt);
    fix_checksum(bytes, 20, 8);
    return bytes;
}

inline ByteBuilder rsdp_new(std::uint32_t rsdt, std::uint64_t xsdt)
{
    auto bytes = rsdp_old(rsdt);
    bytes.set(15, std::uint8_t{2});
    bytes.add(std::uint32_t{36}).add(xsdt).zeros(4);
    fix_checksum(bytes, 20, 8);
    fix_checksum(bytes, 36, 32);
    return bytes;
}

} // namespace lintel::acpi
