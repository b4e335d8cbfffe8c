// SPDX-License-Identifier: Apache-2.0
#include "daemon/client_config.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "proto/config_check.hpp"

namespace lintel {
namespace {

Outcome<> check_rules(const std::optional<Complaint>& complaint)
{
    if (complaint)
        return Failure{EINVAL, complaint->field + ": " + complaint->text};
    return {};
}

Outcome<> check_path(const std::string& path)
{
    if (!path.empty() && path.front() != '/')
        return Failure{EINVAL, path + ": is not an absolute path"};
    return {};
}

} // namespace

Outcome<> check(const proto::DomainConfig& config)
{
    TRY(check_rules(find_complaint(config)));
    std::vector<std::string> paths{config.kernel(), config.ramdisk()};
    for (const auto& disk : config.disk())
        paths.push_back(disk.path());
    for (const auto& path : paths)
        TRY(check_path(path));
    return {};
}

Outcome<> check(const proto::DomainConfig::Disk& disk)
{
    TRY(check_rules(find_complaint(disk)));
    return check_path(disk.path());
}

} // namespace lintel
