// SPDX-License-Identifier: Apache-2.0
// Protobuf's parser of its text format, its complaints put into our words.
#include "proto/config_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "liblintel/unique_fd.hpp"
#include "proto/config_check.hpp"

namespace lintel {
namespace {

using google::protobuf::TextFormat;

class FirstError final : public google::protobuf::io::ErrorCollector {
public:
    void AddError(int line, int, const std::string& message) override
    {
        if (!found_)
            found_ = {"", message, line + 1};
    }
    void AddWarning(int, int, const std::string&) override {}
    const std::optional<Complaint>& found() const { return found_; }

private:
    std::optional<Complaint> found_;
};

Failure failure(const std::string& file, const Complaint& complaint)
{
    auto where = complaint.line > 0 ? fmt::format("{}:{}", file, complaint.line) : file;
    if (!complaint.field.empty())
        where += ": " + complaint.field;
    return Failure{EINVAL, where + ": " + complaint.text};
}

// Line `number`, counted from 1; empty if there is none.
std::string_view line_of(std::string_view text, int number)
{
    for (; number > 1 && !text.empty(); --number)
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    return number < 1 ? std::string_view{} : text.substr(0, text.find('\n'));
}

// The word that a line begins with.
std::string field_on(std::string_view line)
{
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return std::string{
        line.substr(0, line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"))};
}

// Field and line of what the parser stumbled over. Where it names the field it has read on already:
// the field is on this line or above.
void find_place(Complaint& found, std::string_view text)
{
    constexpr std::string_view before = "field \"";
    const auto begin = found.text.find(before);
    const auto name =
        begin == std::string::npos ? std::string{} : found.text.substr(begin + before.size());
    const auto named = name.substr(0, name.find('"'));
    for (int line = found.line; line > 0 && !named.empty(); --line)
        if (field_on(line_of(text, line)) == named) {
            found.line = line;
            break;
        }
    found.field = field_on(line_of(text, found.line));
}

std::string choices(const google::protobuf::EnumDescriptor& type)
{
    std::string text;
    for (int i = 0; i < type.value_count(); ++i)
        text += (i == 0 ? "" : i + 1 == type.value_count() ? " or " : ", ") + type.value(i)->name();
    return text;
}

// The parser's sentences that say more to those who know protobuf than to those who write a file.
std::string in_our_words(const std::string& message, const std::string& field)
{
    const auto* const known = proto::DomainConfig::descriptor()->FindFieldByName(field);
    if (message.find("has no field named") != std::string::npos)
        return "there is no such field; 'lintel config help' lists them";
    if (message.find("multiple times") != std::string::npos)
        return "is given twice; remove one";
    if (known != nullptr && known->enum_type() != nullptr &&
        message.find("num") != std::string::npos)
        return "write " + choices(*known->enum_type());
    return message + "; 'lintel config help' shows how it is written";
}

// Relative paths begin at the folder of the file, wherever linteld runs.
std::string resolved(const std::string& path, const std::string& folder)
{
    return path.empty() || path[0] == '/' ? path : folder + '/' + path;
}

std::string folder_of(const std::string& file)
{
    const auto slash = file.rfind('/');
    const auto folder = slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
    char absolute[PATH_MAX];
    return ::realpath(folder.c_str(), absolute) != nullptr ? absolute : folder;
}

void resolve_paths(google::protobuf::Message& message, const std::string& folder)
{
    const auto& descriptor = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < descriptor.field_count(); ++i) {
        const auto* const field = descriptor.field(i);
        if (field->is_repeated() && field->message_type() != nullptr)
            for (int at = 0; at < reflection.FieldSize(message, field); ++at)
                resolve_paths(*reflection.MutableRepeatedMessage(&message, field, at), folder);
        else if (field->options().GetExtension(proto::rule).path() &&
                 reflection.HasField(message, field))
            reflection.SetString(&message, field,
                                 resolved(reflection.GetString(message, field), folder));
    }
}

} // namespace

Outcome<proto::DomainConfig> parse_config(const std::string& file, const std::string& text)
{
    proto::DomainConfig config;
    TextFormat::Parser parser;
    TextFormat::ParseInfoTree places;
    FirstError errors;
    parser.RecordErrorsTo(&errors);
    parser.WriteLocationsTo(&places);
    if (!parser.ParseFromString(text, &config)) {
        auto found = errors.found().value_or(Complaint{"", "cannot be read"});
        find_place(found, text);
        found.text = in_our_words(found.text, found.field);
        return failure(file, found);
    }
    if (const auto complaint = find_complaint(config, &places))
        return failure(file, *complaint);
    resolve_paths(config, folder_of(file));
    return config;
}

Outcome<proto::DomainConfig> read_config(const std::string& file)
{
    const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
        const int error = errno;
        return Failure{error, fmt::format("{}: {}; give the path of a configuration", file,
                                          std::strerror(error))};
    }
    if (!S_ISREG(status.st_mode))
        return Failure{EINVAL, file + ": is not a file; give the path of a configuration"};
    std::string text(longest_config + 1, '\0');
    const ssize_t bytes = ::read(fd.get(), text.data(), text.size());
    if (bytes < 0) {
        return system_failure(file, errno);
    }
    text.resize(static_cast<std::size_t>(bytes));
    if (text.size() > longest_config)
        return Failure{EFBIG, fmt::format("{}: longer than {} bytes; is it a configuration?", file,
                                          longest_config)};
    return parse_config(file, text);
}

} // namespace lintel
