// SPDX-License-Identifier: Apache-2.0
// Command line: defaults, every key, and what happens to words that make no sense.
#include "boot/command_line.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr LogPorts com1_only{.e9 = false, .com1 = true};
constexpr LogPorts e9_only{.e9 = true, .com1 = false};
constexpr LogPorts both{.e9 = true, .com1 = true};
constexpr LogPorts neither{.e9 = false, .com1 = false};

// For lines that are expected to be fine.
Options options_of(std::string_view text)
{
    const auto line = parse_command_line(text);
    EXPECT_FALSE(line.bad_word.has_value()) << text;
    EXPECT_FALSE(line.unknown_word.has_value()) << text;
    return line.options;
}

void expect_bad(std::string_view word, Error error = Error::bad_argument)
{
    const auto line = parse_command_line(word);
    ASSERT_TRUE(line.bad_word.has_value()) << word;
    EXPECT_EQ(line.bad_word->error, error) << word;
    EXPECT_EQ(line.bad_word->word, word);
    EXPECT_EQ(line.options.log, com1_only);
    EXPECT_EQ(line.options.dom0_memory, 512ull << 20);
}

TEST(CommandLine, empty_line_gives_the_documented_defaults)
{
    for (const auto* text : {"", " ", " \t\n "}) {
        const auto options = options_of(text);
        EXPECT_EQ(options.console, ConsolePort::com1);
        EXPECT_EQ(options.log, com1_only);
        EXPECT_EQ(options.log_level, LogLevel::info);
        EXPECT_EQ(options.dom0_memory, 512ull << 20);
        EXPECT_EQ(options.self_test, SelfTest::none);
    }
}

TEST(CommandLine, selftest_takes_each_kind_and_no_other)
{
    EXPECT_EQ(options_of("selftest=none").self_test, SelfTest::none);
    EXPECT_EQ(options_of("selftest=assertion").self_test, SelfTest::assertion);
    EXPECT_EQ(options_of("selftest=exception").self_test, SelfTest::exception);
    expect_bad("selftest=panic");
    expect_bad("selftest=");
}

TEST(CommandLine, console_takes_each_port)
{
    EXPECT_EQ(options_of("console=e9").console, ConsolePort::e9);
    EXPECT_EQ(options_of("console=com1").console, ConsolePort::com1);
    EXPECT_EQ(options_of("console=none").console, ConsolePort::none);
}

TEST(CommandLine, log_takes_a_list)
{
    EXPECT_EQ(options_of("log=e9").log, e9_only);
    EXPECT_EQ(options_of("log=com1").log, com1_only);
    EXPECT_EQ(options_of("log=com1,e9").log, both);
    EXPECT_EQ(options_of("log=e9,com1").log, both);
    EXPECT_EQ(options_of("log=e9,e9").log, e9_only);
    EXPECT_EQ(options_of("log=none").log, neither);
}

TEST(CommandLine, loglevel_takes_each_level)
{
    EXPECT_EQ(options_of("loglevel=error").log_level, LogLevel::error);
    EXPECT_EQ(options_of("loglevel=warning").log_level, LogLevel::warning);
    EXPECT_EQ(options_of("loglevel=notice").log_level, LogLevel::notice);
    EXPECT_EQ(options_of("loglevel=info").log_level, LogLevel::info);
    EXPECT_EQ(options_of("loglevel=debug").log_level, LogLevel::debug);
}

TEST(CommandLine, dom0_vcpus_takes_what_a_domain_can_have)
{
    EXPECT_EQ(options_of("").dom0_vcpus, 0u); // as many as there are CPUs
    EXPECT_EQ(options_of("dom0_vcpus=1").dom0_vcpus, 1u);
    EXPECT_EQ(options_of("dom0_vcpus=32").dom0_vcpus, 32u);
}

TEST(CommandLine, dom0_vcpus_of_no_meaning_changes_nothing)
{
    for (const char* text : {"dom0_vcpus=0", "dom0_vcpus=", "dom0_vcpus=x", "dom0_vcpus=4x",
                             "dom0_vcpus=33", "dom0_vcpus=99999999999999999999"}) {
        const CommandLine line = parse_command_line(text);
        EXPECT_EQ(line.options.dom0_vcpus, 0u) << text;
        ASSERT_TRUE(line.bad_word.has_value()) << text;
        EXPECT_EQ(line.bad_word->word, text);
    }
}

TEST(CommandLine, dom0_mem_takes_every_unit)
{
    EXPECT_EQ(options_of("dom0_mem=4096").dom0_memory, 4096u);
    EXPECT_EQ(options_of("dom0_mem=64K").dom0_memory, 64u << 10);
    EXPECT_EQ(options_of("dom0_mem=768M").dom0_memory, 768u << 20);
    EXPECT_EQ(options_of("dom0_mem=16G").dom0_memory, 16ull << 30);
    EXPECT_EQ(options_of("dom0_mem=1k").dom0_memory, 1u << 10);
    EXPECT_EQ(options_of("dom0_mem=1m").dom0_memory, 1u << 20);
    EXPECT_EQ(options_of("dom0_mem=1g").dom0_memory, 1u << 30);
}

TEST(CommandLine, dom0_mem_up_to_the_largest_number_is_taken)
{
    EXPECT_EQ(options_of("dom0_mem=18446744073709551615").dom0_memory, ~0ull);
    EXPECT_EQ(options_of("dom0_mem=17179869183G").dom0_memory, 0xffff'ffff'c000'0000ull);
}

TEST(CommandLine, dom0_mem_that_does_not_fit_is_bad)
{
    expect_bad("dom0_mem=18446744073709551616", Error::limit_reached);
    expect_bad("dom0_mem=99999999999999999999999999", Error::limit_reached);
    expect_bad("dom0_mem=36893488147419103232", Error::limit_reached); // 2^65: wraps to zero
    expect_bad("dom0_mem=17179869184G", Error::limit_reached);
}

TEST(CommandLine, values_without_meaning_are_bad)
{
    for (const auto* word :
         {"console=",    "console=com2", "console=COM1", "console=com1,e9",  "log=",
          "log=,",       "log=e9,",      "log=,e9",      "log=e9,,com1",     "log=none,e9",
          "log=e9,none", "log=com",      "loglevel=",    "loglevel=verbose", "loglevel=3",
          "dom0_mem=",   "dom0_mem=0",   "dom0_mem=0G",  "dom0_mem=M",       "dom0_mem=-1",
          "dom0_mem=1T", "dom0_mem=1MB", "dom0_mem=1M1", "dom0_mem=0x10",    "dom0_mem==1"})
        expect_bad(word);
}

TEST(CommandLine, bad_list_changes_nothing_even_where_it_begins_well)
{
    expect_bad("log=e9,nonsense");
}

TEST(CommandLine, first_bad_word_is_reported_and_good_words_still_count)
{
    const auto line = parse_command_line("log=e9 loglevel=much dom0_mem=0 console=none");
    ASSERT_TRUE(line.bad_word.has_value());
    EXPECT_EQ(line.bad_word->word, "loglevel=much");
    EXPECT_EQ(line.options.log, e9_only);
    EXPECT_EQ(line.options.console, ConsolePort::none);
}

TEST(CommandLine, first_unknown_word_is_reported_and_the_rest_still_counts)
{
    const auto line = parse_command_line("/boot/lintel quiet log=e9");
    ASSERT_TRUE(line.unknown_word.has_value());
    EXPECT_EQ(*line.unknown_word, "/boot/lintel");
    EXPECT_FALSE(line.bad_word.has_value());
    EXPECT_EQ(line.options.log, e9_only);
}

TEST(CommandLine, near_misses_of_a_key_are_unknown)
{
    for (const auto* word : {"console", "log", "logs=e9", "lo=e9", "=", "=e9", "LOG=e9"}) {
        const auto line = parse_command_line(word);
        ASSERT_TRUE(line.unknown_word.has_value()) << word;
        EXPECT_EQ(*line.unknown_word, word);
    }
}

TEST(CommandLine, last_word_of_a_kind_counts)
{
    EXPECT_EQ(options_of("log=e9,com1 log=e9").log, e9_only);
}

TEST(CommandLine, any_white_space_separates_words)
{
    const auto options = options_of("\tlog=e9\n\n console=none  ");
    EXPECT_EQ(options.log, e9_only);
    EXPECT_EQ(options.console, ConsolePort::none);
}

TEST(CommandLine, text_need_not_be_terminated)
{
    const std::string text = "dom0_mem=12";
    EXPECT_EQ(options_of(std::string_view{text}.substr(0, 10)).dom0_memory, 1u);
}

} // namespace
} // namespace lintel
