// SPDX-License-Identifier: Apache-2.0
// Formatting, kept in one function for all value types: small code matters more than speed here.
#include "support/format.hpp"

namespace lintel {
namespace {

// Appends to a span; what does not fit is dropped.
class Writer {
public:
    explicit Writer(std::span<char> out) : out_{out} {}
    void put(char character)
    {
        if (size_ < out_.size())
            out_[size_++] = character;
    }
    void put(std::string_view text)
    {
        for (const char character : text)
            put(character);
    }
    void fill(char character, std::size_t count)
    {
        while (count-- > 0)
            put(character);
    }
    std::string_view written() const { return {out_.data(), size_}; }

private:
    std::span<char> out_;
    std::size_t size_ = 0;
};

struct Placeholder {
    unsigned width = 0;
    unsigned base = 10;
    bool zeros = false;
};

// `inside` is what stands between the braces. Our own texts are the only input, so nothing is
// refused: characters without a meaning are skipped.
Placeholder parse(std::string_view inside)
{
    constexpr unsigned widest = 64;
    Placeholder placeholder;
    for (const char character : inside) {
        if (character == 'x')
            placeholder.base = 16;
        else if (character == '0' && placeholder.width == 0)
            placeholder.zeros = true;
        else if (character >= '0' && character <= '9')
            placeholder.width = placeholder.width * 10 + static_cast<unsigned>(character - '0');
        if (placeholder.width > widest)
            placeholder.width = widest;
    }
    return placeholder;
}

void put_text(Writer& writer, Placeholder placeholder, std::string_view text)
{
    writer.put(text);
    if (text.size() < placeholder.width)
        writer.fill(' ', placeholder.width - text.size());
}

void put_number(Writer& writer, Placeholder placeholder, std::uint64_t magnitude, bool negative)
{
    std::array<char, 20> digits; // 2^64 - 1 has 20 of them
    std::size_t first = digits.size();
    do {
        digits[--first] = "0123456789abcdef"[magnitude % placeholder.base];
        magnitude /= placeholder.base;
    } while (magnitude != 0);

    const std::size_t columns = digits.size() - first + (negative ? 1 : 0);
    const std::size_t padding = columns < placeholder.width ? placeholder.width - columns : 0;
    if (!placeholder.zeros)
        writer.fill(' ', padding);
    if (negative)
        writer.put('-');
    if (placeholder.zeros)
        writer.fill('0', padding);
    writer.put({digits.data() + first, digits.size() - first});
}

void put_value(Writer& writer, Placeholder placeholder, const FormatValue& value)
{
    switch (value.kind()) {
    case FormatValue::Kind::positive:
        return put_number(writer, placeholder, value.number(), false);
    case FormatValue::Kind::negative:
        return put_number(writer, placeholder, value.number(), true);
    case FormatValue::Kind::one: {
        const char character = static_cast<char>(value.number());
        return put_text(writer, placeholder, {&character, 1});
    }
    case FormatValue::Kind::text:
        return put_text(writer, placeholder, value.text());
    }
}

} // namespace

std::string_view FormatValue::terminated(const char* text)
{
    if (text == nullptr)
        return "(null)";
    std::size_t size = 0;
    while (text[size] != '\0')
        ++size;
    return {text, size};
}

std::string_view format_values(std::span<char> out, std::string_view text,
                               std::span<const FormatValue> values)
{
    Writer writer{out};
    std::size_t next = 0;
    while (!text.empty()) {
        const char character = text[0];
        text.remove_prefix(1);
        const bool brace = character == '{' || character == '}';
        if (brace && !text.empty() && text[0] == character) {
            text.remove_prefix(1); // doubled: stands for itself
        } else if (character == '{') {
            std::size_t end = 0;
            while (end < text.size() && text[end] != '}')
                ++end;
            if (next < values.size())
                put_value(writer, parse({text.data(), end}), values[next++]);
            text.remove_prefix(end < text.size() ? end + 1 : end);
            continue;
        }
        writer.put(character);
    }
    return writer.written();
}

} // namespace lintel
