// SPDX-License-Identifier: Apache-2.0
// How a disk's backend begins: what it shares with the guest and with linteld, what it is told.
#include "daemon/disk.hpp"

#include <cerrno>
#include <cstring>

#include <sys/epoll.h>

#include <fmt/format.h>

#include "builder/device_area.hpp"
#include "builder/layout.hpp"

namespace lintel {
namespace {

constexpr std::uint32_t ring_order = 8;

// Each queue's pool, then for each queue a page that lists it.
std::size_t bytes_for(std::uint32_t queues, std::uint32_t pool_pages)
{
    return std::size_t{queues} * (pool_pages + 1) * page_bytes;
}

} // namespace

Outcome<> Disk::begin()
{
    describe_disk(place_.page, config_.name());
    files_ = TRY(DiskFiles::open(place_.stem, bytes_for(place_.queues, config_.pool_pages())));
    status_ = block::map_status(files_.status.get());
    if (!status_)
        return system_failure(place_.stem, errno);
    loop_.watch(files_.tell.get(), EPOLLIN, [this](std::uint32_t) { hear(); });
    loop_.watch(files_.said.get(), EPOLLIN, [this](std::uint32_t) { hear_words(); });
    if (!adopt())
        start();
    return {};
}

// True: there is a backend already.
bool Disk::adopt()
{
    const auto living = living_backend(place_.stem);
    if (!living)
        return false;
    auto adopted = BackendProcess::adopt(loop_, *living, when_ended());
    if (!adopted.ok())
        return false;
    process_.emplace(adopted.take());
    began_ = Loop::Clock::now();
    wake();  // events of the time without a linteld are lost
    tell_(); // in both directions
    return true;
}

Outcome<> Disk::try_to_start()
{
    page_.set_state(client::Side::backend, client::DeviceState::absent); // whatever was left there
    if (!grants_)
        TRY(grant_pool());
    const auto device = TRY(host_.open());
    Control control{*device};
    const auto gpa = GuestLayout::device_gpa(place_.slot);
    const auto offset = TRY(control.map_offset(place_.domain, gpa, 1));
    TRY(control.confine(place_.domain));
    const auto lock = TRY(lock_status(place_.stem));
    const auto number = TRY(new_number_file(place_.stem));
    *status_ = {};
    lines_ = 0;

    BackendCommand command;
    command.words = {host_.program,
                     config_.path(),
                     fmt::format("--queues={}", place_.queues),
                     fmt::format("--ring-order={}", ring_order),
                     fmt::format("--pool-pages={}", config_.pool_pages()),
                     fmt::format("--operations={}", config_.limits().operations_per_second()),
                     fmt::format("--bytes={}", config_.limits().bytes_per_second())};
    if (!config_.direct())
        command.words.push_back("--no-direct");
    if (config_.read_only())
        command.words.push_back("--read-only");
    if (config_.has_sector_bytes())
        command.words.push_back(fmt::format("--sector={}", config_.sector_bytes()));
    command.words.push_back("--status=" + command.inherit(lock.get()));
    command.words.push_back("--grants=" + command.inherit(grants_->descriptor()));
    host_.reach(command, {place_.domain, gpa, device->descriptor(), offset, files_.pool.get(),
                          files_.wake.get(), files_.tell.get(), pool_lists_});
    process_.emplace(
        TRY(BackendProcess::start(loop_, command, number.get(), files_.said.get(), when_ended())));
    began_ = Loop::Clock::now();
    return {};
}

// Once for all backends that this linteld starts: the guest sees the same references again. Only
// the guest's domain can be reached by what is left open.
Outcome<> Disk::grant_pool()
{
    const auto memory = client::SharedMemory::whole(files_.pool.get());
    if (!memory)
        return system_failure(place_.stem + ".pool", errno);
    const auto pool = memory->bytes();
    const std::size_t pages = config_.pool_pages();
    const auto lists = pool.subspan(place_.queues * pages * page_bytes);
    auto device = TRY(host_.open());
    Control control{*device};
    const auto granted =
        TRY(control.grant(place_.domain, pool.first(pool.size() - lists.size()), Access::write));
    std::memset(lists.data(), 0, lists.size());
    for (std::uint32_t queue = 0; queue < place_.queues; ++queue)
        std::memcpy(lists.data() + queue * page_bytes, granted.data() + queue * pages,
                    pages * sizeof granted[0]);
    pool_lists_ = TRY(control.grant(place_.domain, lists, Access::read));
    TRY(control.confine(place_.domain));
    grants_ = std::move(device);
    return {};
}

} // namespace lintel
