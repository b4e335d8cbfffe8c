// SPDX-License-Identifier: Apache-2.0
// A MADT put together for tests, entry by entry.
#pragma once

#include <cstdint>

#include "fakes/acpi_builder.hpp"

namespace lintel::acpi {

class MadtBuilder {
public:
    MadtBuilder() { body_.add(std::uint32_t{0xfee00000}).add(std::uint32_t{1}); }

    MadtBuilder& cpu(std::uint8_t id, std::uint32_t flags)
    {
        return entry(0, ByteBuilder{}.add(id).add(id).add(flags));
    }
    MadtBuilder& x2apic(std::uint32_t id, std::uint32_t flags)
    {
        return entry(9, ByteBuilder{}.zeros(2).add(id).add(flags).add(id));
    }
    MadtBuilder& io_apic(std::uint8_t id, std::uint32_t address, std::uint32_t gsi_base)
    {
        return entry(1, ByteBuilder{}.add(id).zeros(1).add(address).add(gsi_base));
    }
    MadtBuilder& source_override(std::uint8_t irq, std::uint32_t gsi, std::uint16_t flags,
                                 std::uint8_t bus = 0)
    {
        return entry(2, ByteBuilder{}.add(bus).add(irq).add(gsi).add(flags));
    }
    MadtBuilder& address(std::uint64_t address)
    {
        return entry(5, ByteBuilder{}.zeros(2).add(address));
    }
    MadtBuilder& entry(std::uint8_t type, const ByteBuilder& body)
    {
        body_.add(type).add(static_cast<std::uint8_t>(body.size() + 2));
        body_.add_bytes(body.bytes());
        return *this;
    }
    ByteBuilder finish() const { return table("APIC", body_); }

private:
    ByteBuilder body_;
};

} // namespace lintel::acpi
