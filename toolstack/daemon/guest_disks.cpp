// SPDX-License-Identifier: Apache-2.0
// Disks of guests that run.
#include <cerrno>

#include <fmt/format.h>

#include "daemon/disk_image.hpp"
#include "daemon/guests.hpp"

namespace lintel {
namespace {

const Disk::Config* disturbed(const Disk::Config& disk, const proto::DomainConfig& config)
{
    for (const auto& other : config.disk())
        if (&other != &disk && disturb_each_other(disk, other))
            return &other;
    return nullptr;
}

Failure taken(const Disk::Config& disk, const Disk::Config& other, const std::string& guest)
{
    return Failure{EBUSY, fmt::format("{}: is the disk '{}' of {} already; make both read_only, or "
                                      "copy it",
                                      disk.path(), other.name(), guest)};
}

} // namespace

Outcome<Guest*> Guests::find_live(const std::string& name)
{
    auto* const guest = TRY(find(name));
    if (guest->phase != Guest::Phase::live)
        return Failure{EINVAL, fmt::format("{}: does not run any more", name)};
    return guest;
}

// Two that write to one image destroy each other's content.
Outcome<> Guests::check_disk(const Disk::Config& disk) const
{
    TRY(check_image(disk));
    for (const auto& [name, guest] : guests_)
        if (const auto* const other = disturbed(disk, guest->record.config()); other != nullptr)
            return taken(disk, *other, name);
    return {};
}

Outcome<> Guests::check_disks(const proto::DomainConfig& config) const
{
    for (const auto& disk : config.disk()) {
        TRY(check_disk(disk));
        if (const auto* const other = disturbed(disk, config); other != nullptr)
            return taken(disk, *other, config.name());
    }
    return {};
}

Outcome<> Guests::attach_disk(const std::string& name, const Disk::Config& disk)
{
    auto& guest = *TRY(find_live(name));
    TRY(check_disk(disk));
    return guest.disks.attach(disk);
}

Outcome<> Guests::detach_disk(const std::string& name, const std::string& disk,
                              std::chrono::seconds most, Disks::Waiter waiter)
{
    return TRY(find_live(name))->disks.detach(disk, most, std::move(waiter));
}

Outcome<> Guests::resize_disk(const std::string& name, const std::string& disk, std::uint64_t bytes)
{
    return TRY(find_live(name))->disks.resize(disk, bytes);
}

proto::DiskList Guests::disks(const Guest* guest) const
{
    proto::DiskList list;
    for (const auto& [name, one] : guests_)
        if (guest == nullptr || guest == one.get())
            one->disks.describe(list);
    return list;
}

} // namespace lintel
