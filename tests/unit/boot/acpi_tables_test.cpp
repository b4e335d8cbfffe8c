// SPDX-License-Identifier: Apache-2.0
// Finding ACPI tables: through both roots, past damaged neighbours, not through damage.
#include "boot/acpi_tables.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#include "fakes/acpi_builder.hpp"
#include "fakes/byte_builder.hpp"
#include "fakes/fake_physical.hpp"

namespace lintel::acpi {
namespace {

constexpr std::uint64_t root_address = 0x7000'0000;
constexpr std::uint64_t first_address = 0x7000'1003; // tables need not be aligned
constexpr std::uint64_t second_address = 0x7000'2000;

ByteBuilder table_of(std::string_view signature, std::uint8_t mark)
{
    return table(signature, ByteBuilder{}.add(mark));
}

class AcpiTablesTest : public testing::Test {
protected:
    void place(std::uint64_t address, const ByteBuilder& bytes)
    {
        memory_.place(address, bytes.bytes());
    }
    Result<Bytes> find(std::string_view signature)
    {
        return find_table(memory_, rsdp_.bytes(), signature);
    }

    FakePhysical memory_;
    ByteBuilder rsdp_ = rsdp_new(0, root_address);
};

TEST_F(AcpiTablesTest, tables_are_found_through_the_xsdt)
{
    place(root_address, xsdt({first_address, second_address}));
    place(first_address, table_of("APIC", 1));
    place(second_address, table_of("HPET", 2));
    auto found = find("HPET");
    ASSERT_TRUE(found.ok());
    ASSERT_EQ(found.value().size(), 37u);
    EXPECT_EQ(found.value()[36], std::byte{2});
    EXPECT_TRUE(find("APIC").ok());
}

TEST_F(AcpiTablesTest, tables_are_found_through_the_rsdt)
{
    rsdp_ = rsdp_old(root_address);
    place(root_address, rsdt({first_address, second_address}));
    place(first_address, table_of("APIC", 1));
    place(second_address, table_of("HPET", 2));
    EXPECT_TRUE(find("HPET").ok());
}

TEST_F(AcpiTablesTest, new_pointer_without_an_xsdt_leads_to_the_rsdt)
{
    rsdp_ = rsdp_new(root_address, 0);
    place(root_address, rsdt({first_address}));
    place(first_address, table_of("APIC", 1));
    EXPECT_TRUE(find("APIC").ok());
}

TEST_F(AcpiTablesTest, first_of_two_tables_of_a_name_is_taken)
{
    place(root_address, xsdt({first_address, second_address}));
    place(first_address, table_of("SSDT", 1));
    place(second_address, table_of("SSDT", 2));
    EXPECT_EQ(find("SSDT").value()[36], std::byte{1});
}

TEST_F(AcpiTablesTest, missing_table_is_not_found)
{
    place(root_address, xsdt({first_address}));
    place(first_address, table_of("APIC", 1));
    EXPECT_EQ(find("HPET").error(), Error::not_found);
}

TEST_F(AcpiTablesTest, empty_root_finds_nothing)
{
    place(root_address, xsdt({}));
    EXPECT_EQ(find("APIC").error(), Error::not_found);
}

TEST_F(AcpiTablesTest, partial_last_entry_of_the_root_is_ignored)
{
    place(root_address, table("XSDT", ByteBuilder{}.add(std::uint32_t{first_address})));
    place(first_address, table_of("APIC", 1));
    EXPECT_EQ(find("APIC").error(), Error::not_found);
}

TEST_F(AcpiTablesTest, entries_that_lead_nowhere_are_passed_over)
{
    place(root_address, xsdt({0, ~0ull, 0x1234, second_address}));
    place(second_address, table_of("HPET", 2));
    EXPECT_TRUE(find("HPET").ok());
}

TEST_F(AcpiTablesTest, other_tables_may_be_damaged)
{
    auto damaged = table_of("APIC", 1);
    damaged.set(36, std::uint8_t{99});
    place(root_address, xsdt({first_address, second_address}));
    place(first_address, damaged);
    place(second_address, table_of("HPET", 2));
    EXPECT_TRUE(find("HPET").ok());
    EXPECT_EQ(find("APIC").error(), Error::bad_argument);
}

TEST_F(AcpiTablesTest, table_with_any_byte_damaged_is_refused)
{
    const auto good = table_of("HPET", 2);
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto damaged = good;
        damaged.set(at, static_cast<std::uint8_t>(static_cast<unsigned>(good.bytes()[at]) + 1));
        FakePhysical memory;
        memory.place(root_address, xsdt({first_address}).bytes());
        memory.place(first_address, damaged.bytes());
        EXPECT_FALSE(find_table(memory, rsdp_.bytes(), "HPET").ok()) << at;
    }
}

TEST_F(AcpiTablesTest, table_lengths_without_meaning_are_refused)
{
    for (const std::uint32_t length : {0u, 1u, 35u, longest_table + 1, ~0u}) {
        auto damaged = table_of("HPET", 2);
        damaged.set(4, length);
        FakePhysical memory;
        memory.place(first_address, damaged.bytes());
        EXPECT_EQ(read_table(memory, first_address).error(), Error::bad_argument) << length;
    }
}

TEST_F(AcpiTablesTest, table_that_wraps_around_the_address_space_is_refused)
{
    constexpr std::uint64_t address = 0ull - 36;
    place(address, table("HPET", {}));
    EXPECT_EQ(read_table(memory_, address).error(), Error::bad_argument);
}

TEST_F(AcpiTablesTest, table_longer_than_the_memory_it_lies_in_is_refused)
{
    auto table = table_of("HPET", 2);
    table.set(4, std::uint32_t{100});
    place(first_address, table);
    EXPECT_EQ(read_table(memory_, first_address).error(), Error::bad_address);
}

TEST_F(AcpiTablesTest, damaged_root_table_is_refused)
{
    auto root = xsdt({first_address});
    root.set(40, std::uint8_t{1});
    place(root_address, root);
    place(first_address, table_of("APIC", 1));
    EXPECT_EQ(find("APIC").error(), Error::bad_argument);
}

TEST_F(AcpiTablesTest, pointer_with_any_byte_damaged_is_refused)
{
    for (const auto& good : {rsdp_old(root_address), rsdp_new(1, root_address)}) {
        for (std::size_t at = 0; at < good.size(); ++at) {
            auto damaged = good;
            damaged.set(at, static_cast<std::uint8_t>(static_cast<unsigned>(good.bytes()[at]) + 1));
            EXPECT_EQ(parse_rsdp(damaged.bytes()).error(), Error::bad_argument) << at;
        }
    }
}

TEST_F(AcpiTablesTest, pointer_cut_at_any_byte_is_refused)
{
    for (const auto& good : {rsdp_old(root_address), rsdp_new(1, root_address)}) {
        for (std::size_t size = 0; size < good.size(); ++size) {
            const ExactBytes cut{Bytes{good.bytes()}.first(size)};
            EXPECT_EQ(parse_rsdp(cut.get()).error(), Error::bad_argument) << size;
        }
    }
}

TEST_F(AcpiTablesTest, pointer_with_a_length_without_meaning_is_refused)
{
    for (const std::uint32_t length : {0u, 20u, 35u, 37u, ~0u}) {
        auto rsdp = rsdp_new(1, root_address);
        rsdp.set(20, length);
        fix_checksum(rsdp, 36, 32);
        EXPECT_EQ(parse_rsdp(rsdp.bytes()).error(), Error::bad_argument) << length;
    }
}

TEST_F(AcpiTablesTest, pointer_to_nothing_is_refused)
{
    EXPECT_EQ(parse_rsdp(rsdp_old(0).bytes()).error(), Error::bad_argument);
    EXPECT_EQ(parse_rsdp(rsdp_new(0, 0).bytes()).error(), Error::bad_argument);
}

} // namespace
} // namespace lintel::acpi
