// SPDX-License-Identifier: Apache-2.0
#include "daemon/state_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include "liblintel/unique_fd.hpp"

namespace lintel {
namespace {

using google::protobuf::TextFormat;

constexpr std::size_t most_bytes = 65536;

Outcome<> write_file(const std::string& path, const std::string& text)
{
    const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!fd)
        return system_failure(path, errno);
    const ssize_t written = ::write(fd.get(), text.data(), text.size());
    if (written < 0)
        return system_failure(path, errno);
    if (static_cast<std::size_t>(written) != text.size())
        return Failure{ENOSPC, path + ": no space left"};
    return {};
}

std::optional<std::string> read_file(const std::string& path)
{
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::string text(most_bytes, '\0');
    const ssize_t bytes = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
    if (bytes < 0)
        return {};
    text.resize(static_cast<std::size_t>(bytes));
    return text;
}

} // namespace

Outcome<StateFolder> StateFolder::open(const std::string& path)
{
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return system_failure(path, errno);
    return StateFolder{path};
}

std::string StateFolder::file(std::uint32_t domain) const
{
    return fmt::format("{}/domain-{}", path_, domain);
}

Outcome<> StateFolder::save(const proto::DomainRecord& record) const
{
    std::string text;
    TextFormat::PrintToString(record, &text);
    const auto path = file(record.domain());
    const auto fresh = path + ".new";
    TRY(write_file(fresh, text));
    if (std::rename(fresh.c_str(), path.c_str()) != 0)
        return system_failure(path, errno);
    return {};
}

void StateFolder::remove(DomainId domain) const
{
    ::unlink(file(static_cast<std::uint32_t>(domain)).c_str());
}

std::optional<proto::DomainRecord> StateFolder::load(const lintel_domain_info& info) const
{
    const auto text = read_file(file(info.domain));
    proto::DomainRecord record;
    if (!text || !TextFormat::ParseFromString(*text, &record))
        return {};
    if (record.domain() != info.domain || record.created_ns() != info.created_ns)
        return {};
    return record;
}

} // namespace lintel
