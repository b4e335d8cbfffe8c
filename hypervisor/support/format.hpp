// SPDX-License-Identifier: Apache-2.0
// Text from typed values, into characters the caller owns: format(buffer, "{} of {:x}", a, b).
//
//   {}      integer in decimal, text, character, or true/false
//   {:x}    integer in hexadecimal, without a prefix
//   {:8}    at least eight columns: numbers to the right, everything else to the left
//   {:08x}  the same, filled with zeros (after a sign)
//   {{ }}   a brace
//
// Output that does not fit is cut. A placeholder without a value, or the reverse, does not compile.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace lintel {

// Never defined: reaching it at compile time is the diagnostic.
void placeholders_and_values_differ();

// A format text that has been checked, at compile time, to have `values` placeholders.
template <std::size_t values>
class FormatText {
public:
    consteval FormatText(const char* text) : text_{text}
    {
        std::size_t placeholders = 0;
        for (std::size_t at = 0; at < text_.size(); ++at) {
            const bool doubled = at + 1 < text_.size() && text_[at + 1] == text_[at];
            if ((text_[at] == '{' || text_[at] == '}') && doubled)
                ++at;
            else if (text_[at] == '{')
                ++placeholders;
        }
        if (placeholders != values)
            placeholders_and_values_differ();
    }
    constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

// Parameter type for functions that pass a format text on: checked against Args, not deduced from.
template <typename... Args>
using FormatTextFor = std::type_identity_t<FormatText<sizeof...(Args)>>;

// One value, its type remembered by a tag, so that one function formats every combination.
class FormatValue {
public:
    constexpr FormatValue(bool value) : text_{value ? "true" : "false"}, kind_{Kind::text} {}
    constexpr FormatValue(char value) : number_{static_cast<unsigned char>(value)}, kind_{Kind::one}
    {
    }
    constexpr FormatValue(std::string_view value) : text_{value}, kind_{Kind::text} {}
    FormatValue(const char* value) : text_{terminated(value)}, kind_{Kind::text} {}
    template <std::integral T>
    constexpr FormatValue(T value)
        : number_{value < T{} ? 0 - static_cast<std::uint64_t>(value)
                              : static_cast<std::uint64_t>(value)},
          kind_{value < T{} ? Kind::negative : Kind::positive}
    {
    }
    // Any other pointer would silently become `true`.
    template <typename T>
    FormatValue(T*) = delete;

    enum class Kind : std::uint8_t {
        positive,
        negative, // number() is the magnitude
        one,      // number() is a character
        text,
    };
    constexpr Kind kind() const { return kind_; }
    constexpr std::uint64_t number() const { return number_; }
    constexpr std::string_view text() const { return text_; }

private:
    // Out of line: there is no strlen in the image.
    static std::string_view terminated(const char* text);

    std::uint64_t number_ = 0;
    std::string_view text_;
    Kind kind_;
};

// The part of `out` that was written.
std::string_view format_values(std::span<char> out, std::string_view text,
                               std::span<const FormatValue> values);

template <typename... Args>
std::string_view format(std::span<char> out, FormatTextFor<Args...> text, const Args&... args)
{
    const std::array<FormatValue, sizeof...(Args)> values{FormatValue{args}...};
    return format_values(out, text.text(), values);
}

} // namespace lintel
