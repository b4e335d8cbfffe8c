// SPDX-License-Identifier: Apache-2.0
#include "proto/config_check.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

namespace lintel {
namespace {

using google::protobuf::FieldDescriptor;
using Text = std::optional<std::string>; // what is wrong

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name_character(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

Text check_name(std::string_view name)
{
    if (name.empty() || !is_letter(name[0]) ||
        !std::all_of(name.begin(), name.end(), is_name_character))
        return "a name begins with a letter and has letters, digits, '.', '_' and '-'";
    if (name == "dom0" || name.starts_with("domain-"))
        return fmt::format("'{}' is a name that lintel gives itself; choose another", name);
    return {};
}

// Guests and kernels read these as C strings on one line.
Text check_text(std::string_view text, const proto::Rule& rule)
{
    if (text.size() > rule.max())
        return fmt::format("{} bytes are more than {}; shorten it", text.size(), rule.max());
    const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    if (std::any_of(text.begin(), text.end(), control))
        return "has a control character; remove it";
    if (rule.required() && text.empty())
        return "is empty; " + fmt::format("write one, such as {}", rule.example());
    return {};
}

Text check_number(std::uint64_t number, const proto::Rule& rule)
{
    if (number >= rule.min() && number <= rule.max())
        return {};
    return fmt::format("{} is out of range; write a number from {} to {}", number, rule.min(),
                       rule.max());
}

Text check_value(const proto::DomainConfig& config, const FieldDescriptor& field)
{
    const auto& rule = field.options().GetExtension(proto::rule);
    const auto& reflection = *config.GetReflection();
    if (rule.has_refused())
        return rule.refused();
    switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
        return check_text(reflection.GetString(config, &field), rule);
    case FieldDescriptor::CPPTYPE_UINT32:
        return check_number(reflection.GetUInt32(config, &field), rule);
    case FieldDescriptor::CPPTYPE_ENUM: {
        const auto& options = reflection.GetEnum(config, &field)->options();
        if (options.GetExtension(proto::value_rule).has_refused())
            return options.GetExtension(proto::value_rule).refused();
        return {};
    }
    default:
        return {};
    }
}

Text check_missing(const FieldDescriptor& field)
{
    const auto& rule = field.options().GetExtension(proto::rule);
    if (!rule.required())
        return {};
    return fmt::format("is missing; add a line such as {}: {}", field.name(), rule.example());
}

bool is_given(const proto::DomainConfig& config, const FieldDescriptor& field)
{
    const auto& reflection = *config.GetReflection();
    return field.is_repeated() ? reflection.FieldSize(config, &field) != 0
                               : reflection.HasField(config, &field);
}

} // namespace

std::optional<Complaint> find_complaint(const proto::DomainConfig& config, const LineOf& line_of)
{
    const auto& descriptor = *config.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
        const auto& field = *descriptor.field(i);
        const bool given = is_given(config, field);
        auto wrong = given ? check_value(config, field) : check_missing(field);
        if (!wrong && field.name() == "name")
            wrong = check_name(config.name());
        if (wrong)
            return Complaint{field.name(), *wrong,
                             given ? line_of(&field, field.is_repeated() ? 0 : -1) : 0};
    }
    return {};
}

} // namespace lintel
