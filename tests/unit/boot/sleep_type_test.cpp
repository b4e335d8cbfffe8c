// SPDX-License-Identifier: Apache-2.0
// The S5 sleep type: encodings that compilers of AML emit, and bytes that only look like it.
#include "boot/sleep_type.hpp"

#include <cstdint>
#include <initializer_list>

#include <gtest/gtest.h>

#include "fakes/byte_builder.hpp"

namespace lintel::acpi {
namespace {

constexpr std::size_t header_bytes = 36;

ByteBuilder aml(std::initializer_list<int> bytes)
{
    ByteBuilder builder;
    for (const int byte : bytes)
        builder.add(static_cast<std::uint8_t>(byte));
    return builder;
}

// A DSDT with some other code around `code`.
ByteBuilder dsdt(const ByteBuilder& code)
{
    ByteBuilder bytes;
    bytes.zeros(header_bytes).add_text("\x10\x20_SB_").add_bytes(code.bytes());
    return bytes.add_text("\x14\x08_PTS");
}

// Name (_S5_, Package) with what follows PackageOp.
ByteBuilder name_s5(std::initializer_list<int> package)
{
    ByteBuilder code;
    code.add('\x08').add_text("_S5_").add('\x12').add_bytes(aml(package).bytes());
    return code;
}

void expect_type(const ByteBuilder& code, std::uint8_t a, std::uint8_t b)
{
    const auto bytes = dsdt(code);
    auto found = find_s5(bytes.bytes());
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found.value().a, a);
    EXPECT_EQ(found.value().b, b);
}

void expect_nothing(const ByteBuilder& code)
{
    const auto bytes = dsdt(code);
    EXPECT_EQ(find_s5(bytes.bytes()).error(), Error::not_found);
}

TEST(SleepType, zero_and_one_have_operators_of_their_own)
{
    expect_type(name_s5({6, 4, 0, 1, 0, 0}), 0, 1);
}

TEST(SleepType, bytes_words_and_double_words_are_read)
{
    expect_type(name_s5({8, 4, 0x0a, 5, 0x0a, 7, 0, 0}), 5, 7);
    expect_type(name_s5({8, 2, 0x0b, 3, 0, 0x0b, 2, 0}), 3, 2);
    expect_type(name_s5({12, 2, 0x0c, 3, 0, 0, 0, 0x0c, 2, 0, 0, 0}), 3, 2);
}

TEST(SleepType, name_with_a_root_prefix_is_found)
{
    ByteBuilder code;
    code.add_text("\x08\\_S5_\x12").add_bytes(aml({6, 4, 1, 1, 0, 0}).bytes());
    expect_type(code, 1, 1);
}

TEST(SleepType, longer_package_length_encodings_are_read)
{
    expect_type(name_s5({0x47, 0, 4, 1, 0, 0, 0}), 1, 0);
    expect_type(name_s5({0x88, 0, 0, 4, 1, 0, 0, 0}), 1, 0);
    expect_type(name_s5({0xc9, 0, 0, 0, 4, 1, 0, 0, 0}), 1, 0);
}

TEST(SleepType, name_without_its_operator_is_passed_over)
{
    ByteBuilder code;
    code.add_text("_S5_\x12").add_bytes(aml({6, 4, 1, 1, 0, 0}).bytes());
    expect_nothing(code);
}

TEST(SleepType, first_definition_that_makes_sense_is_taken)
{
    auto code = name_s5({8, 4, 0x0a, 8, 0x0a, 9, 0, 0}); // three bits hold no 8
    code.add_bytes(name_s5({6, 4, 1, 0, 0, 0}).bytes());
    expect_type(code, 1, 0);
}

TEST(SleepType, definitions_without_two_small_integers_are_passed_over)
{
    expect_nothing(name_s5({2, 0}));                      // no element
    expect_nothing(name_s5({3, 1, 0}));                   // one
    expect_nothing(name_s5({4, 2, 0x0d, 0x41}));          // a string
    expect_nothing(name_s5({6, 2, 0x0b, 0xff, 0xff, 0})); // 0xffff
}

TEST(SleepType, package_lengths_that_cannot_hold_the_elements_are_passed_over)
{
    expect_nothing(name_s5({0, 4, 1, 0, 0, 0}));          // does not count itself
    expect_nothing(name_s5({3, 4, 1, 0, 0, 0}));          // ends after the first element
    expect_nothing(name_s5({0x40, 0, 4, 1, 0, 0}));       // shorter than its own encoding
    expect_nothing(name_s5({0xcf, 0xff, 0xff, 0xff, 4})); // 256 MiB
}

TEST(SleepType, definition_in_the_table_header_is_not_looked_at)
{
    auto bytes = name_s5({6, 4, 1, 0, 0, 0});
    bytes.zeros(100);
    EXPECT_EQ(find_s5(bytes.bytes()).error(), Error::not_found);
}

TEST(SleepType, table_cut_at_any_byte_is_searched_within_its_bounds)
{
    ByteBuilder whole;
    whole.zeros(header_bytes).add_bytes(name_s5({6, 4, 1, 0, 0, 0}).bytes());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const ExactBytes cut{Bytes{whole.bytes()}.first(size)};
        EXPECT_EQ(find_s5(cut.get()).error(), Error::not_found) << size;
    }
    EXPECT_TRUE(find_s5(whole.bytes()).ok());
}

} // namespace
} // namespace lintel::acpi
