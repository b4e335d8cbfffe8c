// SPDX-License-Identifier: Apache-2.0
// Command line parsing: one function per key.
#include "boot/command_line.hpp"

#include <array>
#include <limits>

#include "domain/vcpu_limit.hpp"
#include "support/result.hpp"

namespace lintel {
namespace {

constexpr bool is_space(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

// Takes what stands before the first `separator` off the front of `text`, and the separator.
template <typename Predicate>
std::string_view take_until(std::string_view& text, Predicate separator)
{
    std::size_t size = 0;
    while (size < text.size() && !separator(text[size]))
        ++size;
    const std::string_view taken{text.data(), size};
    text.remove_prefix(size < text.size() ? size + 1 : size);
    return taken;
}

Result<> set_console(Options& options, std::string_view value)
{
    if (value == "none")
        options.console = ConsolePort::none;
    else if (value == "e9")
        options.console = ConsolePort::e9;
    else if (value == "com1")
        options.console = ConsolePort::com1;
    else
        return Error::bad_argument;
    return {};
}

Result<> set_log(Options& options, std::string_view value)
{
    LogPorts ports;
    if (value != "none") {
        if (value.empty() || value.back() == ',')
            return Error::bad_argument;
        while (!value.empty()) {
            const auto port = take_until(value, [](char character) { return character == ','; });
            if (port == "e9")
                ports.e9 = true;
            else if (port == "com1")
                ports.com1 = true;
            else
                return Error::bad_argument;
        }
    }
    options.log = ports;
    return {};
}

Result<> set_log_level(Options& options, std::string_view value)
{
    constexpr std::array levels{LogLevel::error, LogLevel::warning, LogLevel::notice,
                                LogLevel::info, LogLevel::debug};
    for (const auto level : levels) {
        if (value == name(level)) {
            options.log_level = level;
            return {};
        }
    }
    return Error::bad_argument;
}

// The shift a size suffix stands for.
Result<unsigned> unit_shift(std::string_view unit)
{
    if (unit.empty())
        return 0u;
    if (unit == "K" || unit == "k")
        return 10u;
    if (unit == "M" || unit == "m")
        return 20u;
    if (unit == "G" || unit == "g")
        return 30u;
    return Error::bad_argument;
}

Result<> set_dom0_memory(Options& options, std::string_view value)
{
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t number = 0;
    bool too_large = false;
    while (!value.empty() && value[0] >= '0' && value[0] <= '9') {
        const auto digit = static_cast<std::uint64_t>(value[0] - '0');
        too_large = too_large || number > (largest - digit) / 10;
        number = number * 10 + digit;
        value.remove_prefix(1);
    }
    const unsigned shift = TRY(unit_shift(value));
    if (too_large || number > largest >> shift)
        return Error::limit_reached;
    if (number == 0) // also: no digit at all
        return Error::bad_argument;
    options.dom0_memory = number << shift;
    return {};
}

Result<> set_self_test(Options& options, std::string_view value)
{
    if (value == "none")
        options.self_test = SelfTest::none;
    else if (value == "assertion")
        options.self_test = SelfTest::assertion;
    else if (value == "exception")
        options.self_test = SelfTest::exception;
    else
        return Error::bad_argument;
    return {};
}

Result<> set_dom0_vcpus(Options& options, std::string_view value)
{
    unsigned number = 0;
    for (const char digit : value) {
        if (digit < '0' || digit > '9')
            return Error::bad_argument;
        number = number * 10 + static_cast<unsigned>(digit - '0');
        if (number > vcpu_limit)
            return Error::limit_reached;
    }
    if (number == 0) // also: no digit at all
        return Error::bad_argument;
    options.dom0_vcpus = number;
    return {};
}

struct Key {
    std::string_view name;
    Result<> (*set)(Options& options, std::string_view value);
};

constexpr std::array keys{
    Key{"console", set_console},    Key{"log", set_log},
    Key{"loglevel", set_log_level}, Key{"dom0_mem", set_dom0_memory},
    Key{"selftest", set_self_test}, Key{"dom0_vcpus", set_dom0_vcpus},
};

void parse_word(std::string_view word, CommandLine& line)
{
    auto value = word;
    const auto name = take_until(value, [](char character) { return character == '='; });
    const bool has_value = name.size() < word.size();
    for (const auto& key : keys) {
        if (!has_value || name != key.name)
            continue;
        const auto result = key.set(line.options, value);
        if (!result.ok() && !line.bad_word.has_value())
            line.bad_word = {result.error(), word};
        return;
    }
    if (!line.unknown_word.has_value())
        line.unknown_word = word;
}

} // namespace

CommandLine parse_command_line(std::string_view text)
{
    CommandLine line;
    while (!text.empty()) {
        const auto word = take_until(text, is_space);
        if (!word.empty())
            parse_word(word, line);
    }
    return line;
}

} // namespace lintel
