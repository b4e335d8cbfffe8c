// SPDX-License-Identifier: Apache-2.0
#include "proto/config_check.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

namespace lintel {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
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

// A guest makes a file of it, and the toolstack others.
Text check_disk_name(std::string_view name)
{
    const auto good = [](char c) { return is_name_character(c) && c != '.'; };
    if (name.empty() || !is_letter(name[0]) || !std::all_of(name.begin(), name.end(), good))
        return "a disk's name begins with a letter and has letters, digits, '_' and '-'";
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
    const auto& choice = rule.choice();
    if (!choice.empty() && std::find(choice.begin(), choice.end(), number) == choice.end())
        return fmt::format("is {}; write {}", number, fmt::join(choice, " or "));
    if (!choice.empty())
        return {};
    if (number >= rule.min() && number <= rule.max())
        return {};
    return fmt::format("{} is out of range; write a number from {} to {}", number, rule.min(),
                       rule.max());
}

Text check_count(int count, const proto::Rule& rule)
{
    if (!rule.has_most() || static_cast<std::uint32_t>(count) <= rule.most())
        return {};
    return fmt::format("{} are more than a guest can have, {}; remove some", count, rule.most());
}

Text check_value(const Message& message, const FieldDescriptor& field)
{
    const auto& rule = field.options().GetExtension(proto::rule);
    const auto& reflection = *message.GetReflection();
    if (rule.has_refused())
        return rule.refused();
    if (field.is_repeated())
        return check_count(reflection.FieldSize(message, &field), rule);
    switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
        return check_text(reflection.GetString(message, &field), rule);
    case FieldDescriptor::CPPTYPE_UINT32:
        return check_number(reflection.GetUInt32(message, &field), rule);
    case FieldDescriptor::CPPTYPE_UINT64:
        return check_number(reflection.GetUInt64(message, &field), rule);
    case FieldDescriptor::CPPTYPE_ENUM: {
        const auto& options = reflection.GetEnum(message, &field)->options();
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

bool is_given(const Message& message, const FieldDescriptor& field)
{
    const auto& reflection = *message.GetReflection();
    return field.is_repeated() ? reflection.FieldSize(message, &field) != 0
                               : reflection.HasField(message, &field);
}

// What a rule beside a field cannot say.
Text check_more(const Message& message, const FieldDescriptor& field)
{
    if (field.name() != "name" || !is_given(message, field))
        return {};
    const auto name = message.GetReflection()->GetString(message, &field);
    if (message.GetDescriptor() == proto::DomainConfig::Disk::descriptor())
        return check_disk_name(name);
    return check_name(name);
}

std::optional<Complaint> find_in(const Message& message, Places places);

std::optional<Complaint> find_below(const Message& message, const FieldDescriptor& field,
                                    Places places)
{
    const auto& reflection = *message.GetReflection();
    const int count = field.is_repeated()                    ? reflection.FieldSize(message, &field)
                      : reflection.HasField(message, &field) ? 1
                                                             : 0;
    for (int i = 0; i < count; ++i) {
        const auto& inner = field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, i)
                                                : reflection.GetMessage(message, &field);
        const int index = field.is_repeated() ? i : -1;
        auto found =
            find_in(inner, places == nullptr ? nullptr : places->GetTreeForNested(&field, index));
        if (!found)
            continue;
        if (found->line == 0 && places != nullptr) // of what is missing
            found->line = places->GetLocation(&field, index).line + 1;
        found->field = field.name() + '.' + found->field;
        return found;
    }
    return {};
}

std::optional<Complaint> find_in(const Message& message, Places places)
{
    const auto& descriptor = *message.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
        const auto& field = *descriptor.field(i);
        const bool given = is_given(message, field);
        auto wrong = given ? check_value(message, field) : check_missing(field);
        if (!wrong)
            wrong = check_more(message, field);
        if (wrong) {
            const int index = field.is_repeated() ? 0 : -1;
            const bool placed = given && places != nullptr;
            return Complaint{field.name(), *wrong,
                             placed ? places->GetLocation(&field, index).line + 1 : 0};
        }
        if (field.message_type() != nullptr)
            if (auto found = find_below(message, field, places))
                return found;
    }
    return {};
}

std::optional<Complaint> find_in_all_disks(const proto::DomainConfig& config, Places places)
{
    const auto* const field = config.GetDescriptor()->FindFieldByName("disk");
    std::set<std::string> names;
    for (int i = 0; i < config.disk_size(); ++i)
        if (!names.insert(config.disk(i).name()).second)
            return Complaint{"disk.name",
                             fmt::format("'{}' is another disk's already; choose another",
                                         config.disk(i).name()),
                             places == nullptr ? 0 : places->GetLocation(field, i).line + 1};
    if (const auto pages = pool_pages_of(config); pages > most_pool_pages)
        return Complaint{"disk",
                         fmt::format("{} pages of all queues of all disks are more than {}; lower "
                                     "queues or pool_pages",
                                     pages, most_pool_pages)};
    return {};
}

} // namespace

std::uint32_t pool_pages_of(const proto::DomainConfig& config)
{
    std::uint32_t pages = 0;
    for (const auto& disk : config.disk())
        pages += queues_of(disk, config.vcpus()) * (disk.pool_pages() + 1); // and its list
    return pages;
}

std::optional<Complaint> find_complaint(const proto::DomainConfig& config, Places places)
{
    auto found = find_in(config, places);
    return found ? found : find_in_all_disks(config, places);
}

std::optional<Complaint> find_complaint(const proto::DomainConfig::Disk& disk)
{
    return find_in(disk, nullptr);
}

} // namespace lintel
