// SPDX-License-Identifier: Apache-2.0
// Contract of what the toolstack does: docs/abi/devices.md#adding-and-removing.
#include "daemon/disks.hpp"

#include <csignal>

#include <sys/stat.h>

#include <fmt/format.h>

#include "builder/device_area.hpp"
#include "builder/layout.hpp"
#include "daemon/log.hpp"
#include "proto/config_check.hpp"

namespace lintel {
namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 20ms; // whether a disk is unused by now; its states change without us

} // namespace

std::string Disks::stem(const std::string& name) const
{
    return shared_.state.file(record_.domain()) + '.' + name;
}

Outcome<> Disks::connect()
{
    if (area_)
        return {};
    const DomainId domain{record_.domain()};
    auto area =
        TRY(shared_.control.map(domain, GuestLayout::devices_gpa, GuestLayout::device_pages));
    port_ = TRY(shared_.control.bind(domain, GuestPort{record_.devices_port()}));
    area_ = std::move(area);
    return {};
}

void Disks::disconnect()
{
    for (const auto& [name, leaving] : leaving_)
        shared_.loop.cancel(leaving.timer);
    disks_.clear();
    port_.reset();
    area_.reset();
}

Outcome<> Disks::begin()
{
    for (const auto& config : record_.config().disk())
        TRY(add(config));
    return {};
}

void Disks::end()
{
    for (const auto& [name, disk] : disks_)
        disk->end();
    // Those of a guest that was found when it was dying already.
    for (const auto& config : record_.config().disk()) {
        if (const auto living = living_backend(stem(config.name())); living)
            ::kill(*living, SIGKILL);
        DiskFiles::remove(stem(config.name()));
    }
    record_.clear_disk_slots();
    last_slot_ = GuestLayout::first_disk_slot - 1;
    disconnect();
    for (const auto& [name, leaving] : std::exchange(leaving_, {}))
        for (const auto& waiter : leaving.waiters)
            waiter({});
}

// Behind the last one first: so the guest sees a slot empty for as long as possible before it has
// another disk.
Outcome<std::uint32_t> Disks::free_slot()
{
    constexpr auto first = GuestLayout::first_disk_slot;
    constexpr auto count = GuestLayout::device_pages - first;
    for (std::uint32_t i = 1; i <= count; ++i) {
        const auto slot = first + (last_slot_ - first + i) % count;
        const auto& taken = record_.disk_slots();
        if (std::none_of(taken.begin(), taken.end(),
                         [slot](const auto& entry) { return entry.second == slot; }))
            return slot;
    }
    return Failure{ENOSPC, fmt::format("a guest has at most {} disks; detach one", count)};
}

Outcome<> Disks::add(const Disk::Config& config)
{
    TRY(connect());
    auto& slots = *record_.mutable_disk_slots();
    const bool known = slots.contains(config.name());
    const std::uint32_t slot = known ? slots.at(config.name()) : TRY(free_slot());
    if (slot < GuestLayout::first_disk_slot || slot >= GuestLayout::device_pages)
        return Failure{EINVAL, config.name() + ": the slot in the record cannot be"};
    slots[config.name()] = slot;
    last_slot_ = known ? std::max(last_slot_, slot) : slot;
    auto disk = std::make_unique<Disk>(
        shared_.loop, shared_.host,
        Disk::Place{record_.config().name(), DomainId{record_.domain()}, slot,
                    area_->bytes().subspan(slot * page_bytes, page_bytes), stem(config.name()),
                    queues_of(config, record_.config().vcpus())},
        config, [this] {
            if (port_)
                port_->notify();
        });
    auto begun = disk->begin();
    if (!begun.ok()) {
        clear_device(area_->bytes().subspan(slot * page_bytes, page_bytes));
        disk->end();
        slots.erase(config.name());
        return begun;
    }
    disks_[config.name()] = std::move(disk);
    return {};
}

Outcome<Disk*> Disks::find(const std::string& name)
{
    const auto found = disks_.find(name);
    if (found == disks_.end())
        return Failure{ENOENT, fmt::format("{} has no disk '{}'; 'lintel disk list' shows them all",
                                           record_.config().name(), name)};
    return found->second.get();
}

Outcome<> Disks::attach(const Disk::Config& config)
{
    if (disks_.contains(config.name()))
        return Failure{EEXIST, fmt::format("{} has a disk '{}' already; choose another name",
                                           record_.config().name(), config.name())};
    auto more = record_.config();
    *more.add_disk() = config;
    const auto info = TRY(shared_.control.domain_info(DomainId{record_.domain()}));
    if (const auto pages = pool_pages_of(more); pages > info.mappings_limit)
        return Failure{ENOSPC,
                       fmt::format("{} pages of all disks are more than {} has room for, {}; lower "
                                   "queues or pool_pages",
                                   pages, record_.config().name(), info.mappings_limit)};
    TRY(add(config));
    *record_.mutable_config() = std::move(more);
    auto saved = shared_.state.save(record_);
    if (!saved.ok()) {
        forget(config.name());
        return saved;
    }
    if (port_)
        port_->notify();
    log::info("{}: disk {} is attached: {}", record_.config().name(), config.name(), config.path());
    return {};
}

Outcome<> Disks::detach(const std::string& name, std::chrono::seconds most, Waiter waiter)
{
    auto& disk = *TRY(find(name));
    auto& leaving = leaving_[name];
    leaving.waiters.push_back(std::move(waiter));
    if (leaving.waiters.size() > 1)
        return {};
    leaving.end = Loop::Clock::now() + most;
    disk.withdraw();
    look_at_leaving(name);
    return {};
}

void Disks::look_at_leaving(const std::string& name)
{
    auto& leaving = leaving_.at(name);
    const bool late = Loop::Clock::now() >= leaving.end;
    if (!disks_.at(name)->unused() && !late) {
        leaving.timer = shared_.loop.after(look_again, [this, name] { look_at_leaving(name); });
        return;
    }
    if (late)
        log::warning("{}: disk {}: the guest has not let go of it in time", record_.config().name(),
                     name);
    forget(name);
    const auto saved = shared_.state.save(record_);
    log::info("{}: disk {} is detached", record_.config().name(), name);
    const auto waiters = std::move(leaving.waiters);
    leaving_.erase(name);
    for (const auto& waiter : waiters)
        waiter(saved);
}

// Its backend, its place, its files, and what the record says of it.
void Disks::forget(const std::string& name)
{
    const auto found = disks_.find(name);
    found->second->end();
    clear_device(area_->bytes().subspan(found->second->slot() * page_bytes, page_bytes));
    disks_.erase(found);
    record_.mutable_disk_slots()->erase(name);
    auto& configs = *record_.mutable_config()->mutable_disk();
    for (int i = 0; i < configs.size(); ++i)
        if (configs.Get(i).name() == name) {
            configs.DeleteSubrange(i, 1);
            break;
        }
    if (port_)
        port_->notify();
}

Outcome<> Disks::resize(const std::string& name, std::uint64_t bytes)
{
    auto& disk = *TRY(find(name));
    const auto& path = disk.config().path();
    struct stat is {};
    if (::stat(path.c_str(), &is) != 0)
        return system_failure(path, errno);
    if (bytes != 0 && !S_ISREG(is.st_mode))
        return Failure{EINVAL, path + ": is no file; resize it, then leave the size out"};
    if (bytes != 0 && bytes % 4096 != 0)
        return Failure{EINVAL, fmt::format("{} is no multiple of 4096 bytes", bytes)};
    if (bytes != 0 && bytes < static_cast<std::uint64_t>(is.st_size))
        return Failure{
            EINVAL, fmt::format("{}: has {} bytes already; a disk only grows", path, is.st_size)};
    if (bytes != 0 && ::truncate(path.c_str(), static_cast<off_t>(bytes)) != 0)
        return system_failure(path, errno);
    disk.replace();
    return {};
}

std::optional<LocalPort> Disks::port() const
{
    return port_ ? std::optional{port_->number()} : std::nullopt;
}

void Disks::serve()
{
    for (const auto& [name, disk] : disks_)
        disk->wake();
}

void Disks::describe(proto::DiskList& list) const
{
    for (const auto& [name, disk] : disks_)
        *list.add_disks() = disk->describe();
}

} // namespace lintel
