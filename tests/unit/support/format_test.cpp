// SPDX-License-Identifier: Apache-2.0
// Formatter: every value type, widths, braces, and output that does not fit.
#include "support/format.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace lintel {
namespace {

template <typename... Args>
std::string formatted(FormatTextFor<Args...> text, const Args&... args)
{
    std::array<char, 128> buffer;
    return std::string{format_values(
        buffer, text.text(), std::array<FormatValue, sizeof...(Args)>{FormatValue{args}...})};
}

TEST(Format, text_without_placeholders_is_copied)
{
    EXPECT_EQ(formatted("plain"), "plain");
}

TEST(Format, empty_text_gives_empty_output)
{
    EXPECT_EQ(formatted(""), "");
}

TEST(Format, integers_of_every_width_print_in_decimal)
{
    EXPECT_EQ(formatted("{} {} {} {}", std::uint8_t{255}, std::int16_t{-32768}, 0u, -1l),
              "255 -32768 0 -1");
}

TEST(Format, extreme_values_print_in_full)
{
    EXPECT_EQ(formatted("{}", std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(formatted("{}", std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(formatted("{:x}", std::numeric_limits<std::uint64_t>::max()), "ffffffffffffffff");
}

TEST(Format, hexadecimal_has_no_prefix_and_small_letters)
{
    EXPECT_EQ(formatted("{:x} {:x}", 0xbeefu, 0), "beef 0");
}

TEST(Format, width_pads_numbers_on_the_left_and_text_on_the_right)
{
    EXPECT_EQ(formatted("[{:5}] [{:5}] [{:3}]", 42, "ab", 'c'), "[   42] [ab   ] [c  ]");
}

TEST(Format, zero_fill_goes_between_sign_and_digits)
{
    EXPECT_EQ(formatted("{:06} {:06} {:08x}", 7, -7, 0xabcu), "000007 -00007 00000abc");
}

TEST(Format, values_wider_than_their_width_are_not_cut)
{
    EXPECT_EQ(formatted("{:2} {:2}", 12345, "text"), "12345 text");
}

TEST(Format, absurd_width_is_limited)
{
    EXPECT_EQ(formatted("{:99999999999}", 1).size(), 64u);
}

TEST(Format, booleans_characters_and_text_print_as_themselves)
{
    EXPECT_EQ(formatted("{} {} {} {} {}", true, false, 'x', "literal", std::string_view{"view"}),
              "true false x literal view");
}

TEST(Format, null_text_is_named_instead_of_read)
{
    const char* nothing = nullptr;
    EXPECT_EQ(formatted("{}", nothing), "(null)");
}

TEST(Format, doubled_braces_stand_for_one)
{
    EXPECT_EQ(formatted("{{}} {{{}}}", 5), "{} {5}");
}

TEST(Format, output_is_cut_at_the_end_of_the_buffer_for_every_size)
{
    const std::string whole = "value 1234567 end";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        std::string buffer(size + 1, '#');
        const auto written = format({buffer.data(), size}, "value {} end", 1234567);
        EXPECT_EQ(written, whole.substr(0, size));
        EXPECT_EQ(buffer[size], '#');
    }
}

TEST(Format, placeholder_that_runs_out_of_values_prints_nothing)
{
    std::array<char, 16> buffer;
    EXPECT_EQ(format_values(buffer, "a{}b{", {}), "ab");
}

} // namespace
} // namespace lintel
