// SPDX-License-Identifier: Apache-2.0
#include "proto/config_help.hpp"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include "domain.pb.h"

namespace lintel {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

const proto::Rule& rule_of(const FieldDescriptor& field)
{
    return field.options().GetExtension(proto::rule);
}

std::string kind(const FieldDescriptor& field)
{
    switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
        if (!rule_of(field).choice().empty())
            return fmt::format("number, {}", fmt::join(rule_of(field).choice(), " or "));
        return fmt::format("number, {} to {}", rule_of(field).min(), rule_of(field).max());
    case FieldDescriptor::CPPTYPE_BOOL:
        return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
        return "one of the words below";
    case FieldDescriptor::CPPTYPE_MESSAGE:
        return "block";
    default:
        return "text";
    }
}

std::string fallback(const FieldDescriptor& field)
{
    if (rule_of(field).required())
        return ", required";
    if (!field.has_default_value())
        return ", optional";
    switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
        return ", default " + field.default_value_enum()->name();
    case FieldDescriptor::CPPTYPE_BOOL:
        return field.default_value_bool() ? ", default true" : ", default false";
    default:
        return fmt::format(", default {}", field.default_value_uint32());
    }
}

void describe_words(std::string& out, const FieldDescriptor& field)
{
    const auto& type = *field.enum_type();
    for (int i = 0; i < type.value_count(); ++i) {
        const auto& rule = type.value(i)->options().GetExtension(proto::value_rule);
        out += fmt::format("        {:<10}{}{}\n", type.value(i)->name(), rule.help(),
                           rule.has_refused() ? " (does not exist yet)" : "");
    }
}

void describe(std::string& out, const Descriptor& type, const std::string& indent)
{
    for (int i = 0; i < type.field_count(); ++i) {
        const auto& field = *type.field(i);
        const auto& rule = rule_of(field);
        out += fmt::format("{}{:<12} {}{}\n", indent, field.name(), kind(field), fallback(field));
        out += fmt::format("{}    {}{}\n", indent, rule.help(),
                           rule.has_refused() ? " (does not exist yet)" : "");
        if (rule.has_example())
            out += fmt::format("{}    example: {}: {}\n", indent, field.name(), rule.example());
        if (field.enum_type() != nullptr)
            describe_words(out, field);
        if (field.message_type() != nullptr)
            describe(out, *field.message_type(), indent + "    ");
    }
}

} // namespace

std::string config_help()
{
    std::string out = "A configuration has one field per line, NAME: VALUE or NAME { ... }; text "
                      "stands in quotes,\n"
                      "and '#' begins a comment. Relative paths begin at the file's folder.\n\n";
    describe(out, *proto::DomainConfig::descriptor(), "");
    return out;
}

} // namespace lintel
