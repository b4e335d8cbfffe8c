// SPDX-License-Identifier: Apache-2.0
#include "proto/json.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

namespace lintel {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// How many bytes of well-formed UTF-8 stand at the beginning, 0 if they are not. Table: The Unicode
// Standard, "Well-Formed UTF-8 Byte Sequences".
unsigned sequence(const unsigned char* at, const unsigned char* end)
{
    const auto follows = [&](unsigned n, unsigned char low = 0x80, unsigned char high = 0xbf) {
        return end - at > n && at[n] >= low && at[n] <= high;
    };
    const auto first = *at;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return follows(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef)
        return follows(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && follows(2)
                   ? 3
                   : 0;
    if (first >= 0xf0 && first <= 0xf4)
        return follows(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && follows(2) &&
                       follows(3)
                   ? 4
                   : 0;
    return 0;
}

std::string value(const Message& message, const FieldDescriptor& field, int index)
{
    const auto& reflection = *message.GetReflection();
    const bool repeated = field.is_repeated();
    const auto* f = &field;
    switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
        return (repeated ? reflection.GetRepeatedBool(message, f, index)
                         : reflection.GetBool(message, f))
                   ? "true"
                   : "false";
    case FieldDescriptor::CPPTYPE_INT32:
        return fmt::to_string(repeated ? reflection.GetRepeatedInt32(message, f, index)
                                       : reflection.GetInt32(message, f));
    case FieldDescriptor::CPPTYPE_UINT32:
        return fmt::to_string(repeated ? reflection.GetRepeatedUInt32(message, f, index)
                                       : reflection.GetUInt32(message, f));
    case FieldDescriptor::CPPTYPE_INT64:
        return fmt::to_string(repeated ? reflection.GetRepeatedInt64(message, f, index)
                                       : reflection.GetInt64(message, f));
    case FieldDescriptor::CPPTYPE_UINT64:
        return fmt::to_string(repeated ? reflection.GetRepeatedUInt64(message, f, index)
                                       : reflection.GetUInt64(message, f));
    case FieldDescriptor::CPPTYPE_ENUM: {
        auto name = (repeated ? reflection.GetRepeatedEnum(message, f, index)
                              : reflection.GetEnum(message, f))
                        ->name();
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        return json_string(name);
    }
    case FieldDescriptor::CPPTYPE_STRING:
        return json_string(repeated ? reflection.GetRepeatedString(message, f, index)
                                    : reflection.GetString(message, f));
    case FieldDescriptor::CPPTYPE_MESSAGE:
        return to_json(repeated ? reflection.GetRepeatedMessage(message, f, index)
                                : reflection.GetMessage(message, f));
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
        break;
    }
    return "null"; // our messages have no such field
}

std::string list(const Message& message, const FieldDescriptor& field)
{
    std::string text;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i)
        text += (i == 0 ? "" : ",") + value(message, field, i);
    return '[' + text + ']';
}

// A message, or one of several alternatives, that is not set has no value to show.
bool absent(const Message& message, const FieldDescriptor& field)
{
    return !field.is_repeated() && field.has_presence() && !field.has_default_value() &&
           !message.GetReflection()->HasField(message, &field);
}

} // namespace

std::string json_string(const std::string& text)
{
    std::string out = "\"";
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = at + text.size();
    while (at < end) {
        const auto bytes = sequence(at, end);
        if (bytes == 0)
            out += "\xef\xbf\xbd";
        else if (*at == '"' || *at == '\\')
            (out += '\\') += static_cast<char>(*at);
        else if (*at == '\n')
            out += "\\n";
        else if (*at < 0x20 || *at == 0x7f)
            out += fmt::format("\\u{:04x}", *at);
        else
            out.append(reinterpret_cast<const char*>(at), bytes);
        at += std::max(bytes, 1u);
    }
    return out + '"';
}

std::string to_json(const Message& message)
{
    std::string text;
    const auto& descriptor = *message.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
        const auto& field = *descriptor.field(i);
        if (absent(message, field))
            continue;
        text += text.empty() ? "" : ",";
        text += json_string(field.name()) + ':';
        text += field.is_repeated() ? list(message, field) : value(message, field, 0);
    }
    return '{' + text + '}';
}

} // namespace lintel
