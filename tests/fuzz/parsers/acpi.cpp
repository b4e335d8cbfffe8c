// SPDX-License-Identifier: Apache-2.0
// What firmware could leave in memory: a root pointer and tables that contain any bytes.
//
// Input: a byte that says which checksums are made good, then the root pointer (36 bytes), then
// tables, each behind two bytes of length. They lie in memory a table_distance apart. Without the
// help almost every mutation would end at the first checksum.
#include <algorithm>

#include "boot/acpi_tables.hpp"
#include "boot/fadt.hpp"
#include "boot/hpet.hpp"
#include "boot/madt.hpp"
#include "boot/sleep_type.hpp"
#include "fakes/acpi_builder.hpp"
#include "fakes/fake_physical.hpp"
#include "fuzz/parsers/acpi_layout.hpp"
#include "fuzz/require.hpp"

using namespace lintel;
using namespace lintel::fuzz;

namespace {

ByteBuilder bytes_of(Bytes bytes)
{
    ByteBuilder builder;
    builder.bytes().assign(bytes.begin(), bytes.end());
    return builder;
}

ByteBuilder root_pointer(Bytes bytes, bool mend)
{
    auto pointer = bytes_of(bytes);
    if (mend && pointer.size() == acpi_pointer_bytes) {
        acpi::fix_checksum(pointer, 20, 8);
        acpi::fix_checksum(pointer, acpi_pointer_bytes, 32);
    }
    return pointer;
}

ByteBuilder table(Bytes bytes, bool mend)
{
    auto table = bytes_of(bytes);
    if (mend && table.size() >= sizeof(acpi::TableHeader))
        acpi::fix_table(table);
    return table;
}

// Takes up to `size` bytes off the front.
Bytes take(Bytes& input, std::size_t size)
{
    const Bytes taken = input.first(std::min(size, input.size()));
    input = input.subspan(taken.size());
    return taken;
}

ByteBuilder place(Bytes input, FakePhysical& memory)
{
    const unsigned mend = input.empty() ? 0 : static_cast<unsigned>(take(input, 1)[0]);
    auto pointer = root_pointer(take(input, acpi_pointer_bytes), (mend & 1) == 0);
    for (std::uint64_t at = acpi_first_table; input.size() > 2; at += acpi_table_distance) {
        const auto length = take(input, 2);
        const auto size = static_cast<std::size_t>(length[0]) | static_cast<std::size_t>(length[1])
                                                                    << 8;
        memory.place(at, table(take(input, size), (mend & 2) == 0).bytes());
    }
    return pointer;
}

void check_madt(Bytes table)
{
    auto parsed = acpi::parse_madt(table);
    if (!parsed.ok())
        return;
    const acpi::Madt& madt = parsed.value();
    for (const auto& cpu : madt.cpus)
        REQUIRE(std::count_if(madt.cpus.begin(), madt.cpus.end(),
                              [&](const auto& other) { return other.id == cpu.id; }) == 1);
    for (const auto& entry : madt.overrides)
        REQUIRE(entry.irq < 16 &&
                std::count_if(madt.overrides.begin(), madt.overrides.end(),
                              [&](const auto& other) { return other.irq == entry.irq; }) == 1);
}

void check_fadt(Bytes table, FakePhysical& memory)
{
    auto fadt = acpi::parse_fadt(table);
    if (!fadt.ok())
        return;
    auto dsdt = acpi::read_table(memory, fadt.value().dsdt);
    if (!dsdt.ok())
        return;
    auto type = acpi::find_s5(dsdt.value());
    REQUIRE(type.ok() ? type.value().a < 8 && type.value().b < 8
                      : type.error() == Error::not_found);
}

void check_hpet(Bytes table)
{
    auto address = acpi::parse_hpet(table);
    REQUIRE(!address.ok() || address.value() != 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    FakePhysical memory;
    const auto pointer = place(std::as_bytes(std::span{data, size}), memory);
    const ExactBytes rsdp{pointer.bytes()};
    const auto each = [&](std::string_view signature, auto check) {
        auto table = acpi::find_table(memory, rsdp.get(), signature);
        if (!table.ok())
            return;
        REQUIRE(table.value().size() >= sizeof(acpi::TableHeader));
        REQUIRE(acpi::checksum_is_zero(table.value()));
        check(table.value());
    };
    each("APIC", check_madt);
    each("HPET", check_hpet);
    each("FACP", [&](Bytes table) { check_fadt(table, memory); });
    return 0;
}
