// SPDX-License-Identifier: Apache-2.0
// MADT: every kind of entry, and entries that are damaged or too many.
#include "boot/madt.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#include "fakes/madt_builder.hpp"

namespace lintel::acpi {
namespace {

constexpr std::uint32_t enabled = 1;
constexpr std::uint32_t online_capable = 2;

using Table = MadtBuilder;

Madt parsed(const Table& table)
{
    const auto bytes = table.finish();
    return parse_madt(bytes.bytes()).take();
}

Error error_of(const Table& table)
{
    const auto bytes = table.finish();
    return parse_madt(bytes.bytes()).error();
}

TEST(Madt, table_without_entries_has_the_local_apic_address_only)
{
    const auto madt = parsed(Table{});
    EXPECT_EQ(madt.local_apic_address, 0xfee00000u);
    EXPECT_TRUE(madt.cpus.empty());
    EXPECT_TRUE(madt.io_apics.empty());
    EXPECT_TRUE(madt.overrides.empty());
}

TEST(Madt, enabled_and_online_capable_cpus_are_listed)
{
    const auto madt = parsed(Table{}.cpu(0, enabled).cpu(2, online_capable).cpu(4, 0));
    ASSERT_EQ(madt.cpus.size(), 2u);
    EXPECT_EQ(madt.cpus[0].id, 0u);
    EXPECT_TRUE(madt.cpus[0].enabled);
    EXPECT_EQ(madt.cpus[1].id, 2u);
    EXPECT_FALSE(madt.cpus[1].enabled);
}

TEST(Madt, x2apic_cpus_are_listed)
{
    const auto madt = parsed(Table{}.x2apic(300, enabled).x2apic(301, 0));
    ASSERT_EQ(madt.cpus.size(), 1u);
    EXPECT_EQ(madt.cpus[0].id, 300u);
}

TEST(Madt, cpu_listed_twice_counts_once)
{
    const auto madt = parsed(Table{}.cpu(1, enabled).x2apic(1, enabled).cpu(1, online_capable));
    ASSERT_EQ(madt.cpus.size(), 1u);
    EXPECT_TRUE(madt.cpus[0].enabled);
}

TEST(Madt, broadcast_ids_are_no_cpus)
{
    const auto madt = parsed(Table{}.cpu(0xff, enabled).x2apic(~0u, enabled));
    EXPECT_TRUE(madt.cpus.empty());
}

TEST(Madt, x2apic_id_255_is_a_cpu)
{
    EXPECT_EQ(parsed(Table{}.x2apic(0xff, enabled)).cpus.size(), 1u);
}

TEST(Madt, io_apics_are_listed)
{
    const auto madt = parsed(Table{}.io_apic(8, 0xfec00000, 0).io_apic(9, 0xfec01000, 24));
    ASSERT_EQ(madt.io_apics.size(), 2u);
    EXPECT_EQ(madt.io_apics[1].id, 9u);
    EXPECT_EQ(madt.io_apics[1].address, 0xfec01000u);
    EXPECT_EQ(madt.io_apics[1].gsi_base, 24u);
}

TEST(Madt, overrides_keep_their_polarity_and_trigger)
{
    const auto madt = parsed(Table{}
                                 .source_override(0, 2, 0)
                                 .source_override(9, 9, 0xd)
                                 .source_override(5, 20, 0xf)
                                 .source_override(6, 6, 0x5)
                                 .source_override(7, 7, 0xa)); // reserved values
    ASSERT_EQ(madt.overrides.size(), 5u);
    EXPECT_EQ(madt.overrides[0].gsi, 2u);
    EXPECT_EQ(madt.overrides[0].polarity, Polarity::bus_default);
    EXPECT_EQ(madt.overrides[0].trigger, Trigger::bus_default);
    EXPECT_EQ(madt.overrides[1].irq, 9u);
    EXPECT_EQ(madt.overrides[1].polarity, Polarity::high);
    EXPECT_EQ(madt.overrides[1].trigger, Trigger::level);
    EXPECT_EQ(madt.overrides[2].gsi, 20u);
    EXPECT_EQ(madt.overrides[2].polarity, Polarity::low);
    EXPECT_EQ(madt.overrides[3].trigger, Trigger::edge);
    EXPECT_EQ(madt.overrides[4].polarity, Polarity::bus_default);
    EXPECT_EQ(madt.overrides[4].trigger, Trigger::bus_default);
}

TEST(Madt, override_of_an_interrupt_isa_does_not_have_is_refused)
{
    EXPECT_EQ(error_of(Table{}.source_override(16, 2, 0)), Error::bad_argument);
    EXPECT_EQ(error_of(Table{}.source_override(255, 2, 0)), Error::bad_argument);
    EXPECT_EQ(error_of(Table{}.source_override(1, 2, 0, 1)), Error::bad_argument);
}

TEST(Madt, second_override_of_an_interrupt_is_refused)
{
    EXPECT_EQ(error_of(Table{}.source_override(1, 2, 0).source_override(1, 3, 0)),
              Error::bad_argument);
}

TEST(Madt, local_apic_address_can_be_overridden_with_64_bits)
{
    EXPECT_EQ(parsed(Table{}.address(0x12'3456'7000)).local_apic_address, 0x12'3456'7000u);
}

TEST(Madt, unknown_entries_are_skipped)
{
    const auto madt = parsed(Table{}.entry(4, ByteBuilder{}.zeros(4)).entry(200, {}).cpu(3, 1));
    EXPECT_EQ(madt.cpus.size(), 1u);
}

TEST(Madt, longer_entries_of_a_known_type_are_taken)
{
    const auto madt = parsed(Table{}.entry(1, ByteBuilder{}.add('\7').zeros(20)));
    ASSERT_EQ(madt.io_apics.size(), 1u);
    EXPECT_EQ(madt.io_apics[0].id, 7u);
}

TEST(Madt, known_entries_that_are_too_short_are_refused)
{
    struct {
        std::uint8_t type;
        std::size_t needed;
    } const kinds[] = {{0, 8}, {1, 12}, {2, 10}, {5, 12}, {9, 16}};
    for (const auto& kind : kinds)
        for (std::size_t size = 2; size < kind.needed; ++size)
            EXPECT_EQ(error_of(Table{}.entry(kind.type, ByteBuilder{}.zeros(size - 2))),
                      Error::bad_argument)
                << int{kind.type} << " " << size;
}

TEST(Madt, entry_lengths_zero_and_one_are_refused)
{
    for (const std::uint8_t length : {0, 1}) {
        auto bytes = Table{}.cpu(0, enabled).finish();
        bytes.set(45, length);
        EXPECT_EQ(parse_madt(bytes.bytes()).error(), Error::bad_argument);
    }
}

TEST(Madt, entry_that_leaves_the_table_is_refused)
{
    auto bytes = Table{}.cpu(0, enabled).finish();
    bytes.set(45, std::uint8_t{9});
    EXPECT_EQ(parse_madt(bytes.bytes()).error(), Error::bad_argument);
}

TEST(Madt, capacities_are_errors_when_exceeded)
{
    Table cpus;
    for (std::uint32_t id = 0; id < 256; ++id)
        cpus.x2apic(id, enabled);
    EXPECT_EQ(parsed(cpus).cpus.size(), 256u);
    EXPECT_EQ(error_of(cpus.x2apic(256, enabled)), Error::limit_reached);
    Table io_apics;
    for (std::uint8_t id = 0; id < 16; ++id)
        io_apics.io_apic(id, 0xfec00000, 0);
    EXPECT_EQ(parsed(io_apics).io_apics.size(), 16u);
    EXPECT_EQ(error_of(io_apics.io_apic(16, 0, 0)), Error::limit_reached);
}

TEST(Madt, table_cut_at_any_byte_is_refused_or_shorter_by_whole_entries)
{
    const auto whole = Table{}
                           .cpu(0, enabled)
                           .io_apic(1, 2, 3)
                           .source_override(0, 2, 0)
                           .address(1)
                           .x2apic(5, enabled)
                           .finish();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const ExactBytes cut{Bytes{whole.bytes()}.first(size)};
        const bool between_entries =
            size == 44 || size == 52 || size == 64 || size == 74 || size == 86;
        EXPECT_EQ(parse_madt(cut.get()).ok(), between_entries) << size;
    }
}

} // namespace
} // namespace lintel::acpi
