// SPDX-License-Identifier: Apache-2.0
// Reads the ACPI tables through the direct map.
#include "boot/firmware.hpp"

#include "boot/acpi_tables.hpp"
#include "boot/hpet.hpp"
#include "cpu/log.hpp"
#include "mm/direct_map.hpp"

namespace lintel {

namespace {

struct DirectMapBytes {
    std::uint64_t end;
    Result<Bytes> operator()(std::uint64_t address, std::uint64_t size) const
    {
        if (address > end || end - address < size)
            return Error::bad_address;
        return Bytes{at_address(address), size};
    }
};

// The table, parsed; without it a line in the log.
template <typename Parse>
auto read(DirectMapBytes& physical, Bytes rsdp, const char* signature, Parse parse)
    -> std::optional<decltype(parse(Bytes{}).take())>
{
    auto table = acpi::find_table(physical, rsdp, signature);
    if (table.ok()) {
        auto parsed = parse(table.value());
        if (parsed.ok())
            return parsed.take();
    }
    log(LogLevel::warning, "ACPI: table {} is missing or damaged", signature);
    return std::nullopt;
}

} // namespace

void read_firmware(std::optional<Bytes> rsdp, std::uint64_t memory_end, Firmware& firmware)
{
    DirectMapBytes physical{memory_end};
    if (!rsdp) {
        log(LogLevel::warning, "ACPI: the boot loader found no tables");
        return;
    }
    firmware.fadt = read(physical, *rsdp, "FACP", acpi::parse_fadt);
    if (auto madt = read(physical, *rsdp, "APIC", acpi::parse_madt))
        firmware.madt = *madt;
    firmware.hpet = read(physical, *rsdp, "HPET", acpi::parse_hpet);
    if (!firmware.fadt)
        return;
    auto dsdt = acpi::read_table(physical, firmware.fadt->dsdt);
    if (dsdt.ok()) {
        auto s5 = acpi::find_s5(dsdt.value());
        if (s5.ok())
            firmware.s5 = s5.take();
    }
}

} // namespace lintel
