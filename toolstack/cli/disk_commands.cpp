// SPDX-License-Identifier: Apache-2.0
// lintel disk: what it says to linteld, and what it shows.
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "cli/ask.hpp"
#include "cli/tables.hpp"
#include "proto/config_check.hpp"

namespace lintel {
namespace {

// linteld runs in another folder.
std::string absolute(const std::string& path)
{
    char folder[PATH_MAX];
    if (path.starts_with('/') || ::getcwd(folder, sizeof folder) == nullptr)
        return path;
    return std::string{folder} + '/' + path;
}

proto::DomainConfig::Disk disk_of(const DiskWords& words)
{
    proto::DomainConfig::Disk disk;
    disk.set_name(words.name);
    disk.set_path(absolute(words.path));
    if (words.read_only)
        disk.set_read_only(true);
    if (words.sector_bytes != 0)
        disk.set_sector_bytes(words.sector_bytes);
    if (words.queues != 0)
        disk.set_queues(words.queues);
    if (words.pool_pages != 0)
        disk.set_pool_pages(words.pool_pages);
    if (words.operations != 0)
        disk.mutable_limits()->set_operations_per_second(words.operations);
    if (words.bytes_per_second != 0)
        disk.mutable_limits()->set_bytes_per_second(words.bytes_per_second);
    return disk;
}

// Of a request: which disk of which guest it is about.
template <typename Wanted>
Wanted& name_disk(Wanted* wanted, const Command& command)
{
    wanted->set_guest(command.name);
    wanted->set_disk(command.disk.name);
    return *wanted;
}

} // namespace

Ending attach_disk(const Command& command, const Streams& streams)
{
    proto::Request request;
    auto& wanted = *request.mutable_attach_disk();
    wanted.set_guest(command.name);
    *wanted.mutable_disk() = disk_of(command.disk);
    if (const auto complaint = find_complaint(wanted.disk()))
        return Failure{EINVAL, complaint->field + ": " + complaint->text};
    return act_on(command, streams, request);
}

Ending detach_disk(const Command& command, const Streams& streams)
{
    proto::Request request;
    name_disk(request.mutable_detach_disk(), command).set_seconds(command.disk.seconds);
    return act_on(command, streams, request);
}

Ending list_disks(const Command& command, const Streams& streams)
{
    proto::Request request;
    request.mutable_disks()->set_name(command.name);
    const auto reply = TRY(ask(command, request));
    return print(streams, reply.disks(), disk_table(reply.disks()));
}

Ending resize_disk(const Command& command, const Streams& streams)
{
    proto::Request request;
    name_disk(request.mutable_resize_disk(), command).set_bytes(command.disk.bytes);
    return act_on(command, streams, request);
}

} // namespace lintel
