// SPDX-License-Identifier: Apache-2.0
// FADT: old and new forms of the table, and registers that cannot be where it says.
#include "boot/fadt.hpp"

#include <cstdint>
#include <utility>

#include <gtest/gtest.h>

#include "fakes/byte_builder.hpp"

namespace lintel::acpi {
namespace {

constexpr std::size_t size_of_revision_1 = 116;
constexpr std::size_t size_of_revision_6 = 276;
constexpr std::uint32_t reset_supported = 1u << 10;

constexpr std::uint8_t space_memory = 0;
constexpr std::uint8_t space_io = 1;
constexpr std::uint8_t space_pci = 2;

class Table {
public:
    explicit Table(std::size_t size)
    {
        bytes_.zeros(size);
        bytes_.set(40, std::uint32_t{0x7fe0'0000});
        bytes_.set(64, std::uint32_t{0x604});
    }
    template <typename T>
    Table& set(std::size_t at, T value)
    {
        bytes_.set(at, value);
        return *this;
    }
    Table& generic_address(std::size_t at, std::uint8_t space, std::uint64_t address)
    {
        return set(at, space).set(at + 4, address);
    }
    Table& reset(std::uint32_t flags, std::uint8_t space, std::uint64_t address)
    {
        return set(112, flags).generic_address(116, space, address).set(128, std::uint8_t{0x0f});
    }
    Bytes bytes() const { return bytes_.bytes(); }
    Fadt parsed() const { return parse_fadt(bytes()).take(); }

private:
    ByteBuilder bytes_;
};

TEST(Fadt, first_revision_has_narrow_fields_and_no_reset)
{
    const auto fadt =
        Table{size_of_revision_1}.set(68, std::uint32_t{0x704}).set(112, reset_supported).parsed();
    EXPECT_EQ(fadt.dsdt, 0x7fe0'0000u);
    EXPECT_EQ(fadt.pm1a_control, 0x604u);
    EXPECT_EQ(fadt.pm1b_control, 0x704u);
    EXPECT_FALSE(fadt.reset.has_value());
}

TEST(Fadt, wide_fields_win_where_they_are_set)
{
    const auto fadt = Table{size_of_revision_6}
                          .set(140, std::uint64_t{0x1'2345'6000})
                          .generic_address(172, space_io, 0xb004)
                          .generic_address(184, space_io, 0xb104)
                          .parsed();
    EXPECT_EQ(fadt.dsdt, 0x1'2345'6000u);
    EXPECT_EQ(fadt.pm1a_control, 0xb004u);
    EXPECT_EQ(fadt.pm1b_control, 0xb104u);
}

TEST(Fadt, narrow_fields_count_where_wide_ones_are_empty_or_no_port)
{
    for (const auto& [space, address] : {std::pair{space_io, 0ul}, std::pair{space_io, 0x10000ul},
                                         std::pair{space_memory, 0xb004ul}}) {
        const auto fadt = Table{size_of_revision_6}.generic_address(172, space, address).parsed();
        EXPECT_EQ(fadt.dsdt, 0x7fe0'0000u);
        EXPECT_EQ(fadt.pm1a_control, 0x604u);
        EXPECT_EQ(fadt.pm1b_control, 0u);
    }
}

TEST(Fadt, narrow_port_beyond_the_port_space_is_refused)
{
    for (const std::size_t at : {64u, 68u}) {
        const auto table = Table{size_of_revision_6}.set(at, std::uint32_t{0x10000});
        EXPECT_EQ(parse_fadt(table.bytes()).error(), Error::bad_argument);
    }
}

TEST(Fadt, reset_register_in_each_space_is_taken_with_its_value)
{
    for (const auto& [space, address] :
         {std::pair{space_io, 0xcf9ul}, std::pair{space_memory, 0xfed0'0000ul},
          std::pair{space_pci, 0x1f'0000'0044ul}}) {
        const auto fadt = Table{size_of_revision_6}.reset(reset_supported, space, address).parsed();
        ASSERT_TRUE(fadt.reset.has_value());
        EXPECT_EQ(static_cast<std::uint8_t>(fadt.reset->target.space), space);
        EXPECT_EQ(fadt.reset->target.address, address);
        EXPECT_EQ(fadt.reset->value, 0x0f);
    }
}

TEST(Fadt, reset_register_without_its_flag_is_absent)
{
    const auto fadt = Table{size_of_revision_6}.reset(~reset_supported, space_io, 0xcf9).parsed();
    EXPECT_FALSE(fadt.reset.has_value());
}

TEST(Fadt, reset_register_that_cannot_be_written_is_absent)
{
    for (const auto& [space, address] :
         {std::pair{space_io, 0x10000ul}, std::pair{space_io, 0ul}, std::pair{space_memory, 0ul},
          std::pair{std::uint8_t{3}, 1ul}, std::pair{std::uint8_t{0x7f}, 1ul}}) {
        const auto fadt = Table{size_of_revision_6}.reset(reset_supported, space, address).parsed();
        EXPECT_FALSE(fadt.reset.has_value());
    }
}

TEST(Fadt, table_cut_before_the_flags_end_is_refused_and_later_cuts_lose_fields_only)
{
    const auto whole = Table{size_of_revision_6}.reset(reset_supported, space_io, 0xcf9);
    for (std::size_t size = 0; size < size_of_revision_6; ++size) {
        const ExactBytes cut{whole.bytes().first(size)};
        auto fadt = parse_fadt(cut.get());
        ASSERT_EQ(fadt.ok(), size >= size_of_revision_1) << size;
        if (fadt.ok()) {
            EXPECT_EQ(fadt.value().reset.has_value(), size >= 129) << size;
        }
    }
}

} // namespace
} // namespace lintel::acpi
