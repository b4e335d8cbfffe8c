// SPDX-License-Identifier: Apache-2.0
// HPET table: the address, and addresses that cannot be.
#include "boot/hpet.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#include "fakes/byte_builder.hpp"

namespace lintel::acpi {
namespace {

ByteBuilder hpet(std::uint8_t space, std::uint64_t address)
{
    return ByteBuilder{}.zeros(40).add(space).zeros(3).add(address).zeros(4);
}

TEST(Hpet, address_in_memory_is_found)
{
    EXPECT_EQ(parse_hpet(hpet(0, 0xfed0'0000).bytes()).take(), 0xfed0'0000u);
}

TEST(Hpet, address_in_another_space_is_refused)
{
    for (const std::uint8_t space : {1, 2, 255})
        EXPECT_EQ(parse_hpet(hpet(space, 0xfed0'0000).bytes()).error(), Error::bad_argument);
}

TEST(Hpet, address_that_is_zero_or_wraps_is_refused)
{
    for (const std::uint64_t address : {0ul, ~0ul, 0ul - 1024 + 1})
        EXPECT_EQ(parse_hpet(hpet(0, address).bytes()).error(), Error::bad_argument);
}

TEST(Hpet, table_cut_before_the_address_ends_is_refused)
{
    const auto whole = hpet(0, 0xfed0'0000);
    for (std::size_t size = 0; size < 52; ++size) {
        const ExactBytes cut{Bytes{whole.bytes()}.first(size)};
        EXPECT_EQ(parse_hpet(cut.get()).error(), Error::bad_argument) << size;
    }
}

} // namespace
} // namespace lintel::acpi
