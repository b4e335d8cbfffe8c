// SPDX-License-Identifier: Apache-2.0
// Contract of what the toolstack does: docs/abi/devices.md#when-the-backend-is-replaced.
#include "daemon/disk.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include <sys/epoll.h>

#include <fmt/format.h>

#include "builder/device_area.hpp"
#include "builder/layout.hpp"
#include "daemon/log.hpp"

namespace lintel {
namespace {

using namespace std::chrono_literals;

constexpr auto first_pause = 100ms;
constexpr auto last_pause = 30s;
constexpr auto lives_well = 60s;          // after which an end is the first one again
constexpr auto ends_in_time = 15s;        // when it is asked to; it waits for the guest 10 s itself
constexpr std::size_t longest_line = 512; // of its words
constexpr unsigned most_lines = 100;      // of one backend, that are logged
constexpr std::uint32_t ring_order = 8;

// Each queue's pool, then for each queue a page that lists it.
std::size_t bytes_for(std::uint32_t queues, std::uint32_t pool_pages)
{
    return std::size_t{queues} * (pool_pages + 1) * page_bytes;
}

std::string printable(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return text;
}

// Figures of one operation, for those who ask.
proto::DiskCount count_of(const block::Count& count)
{
    proto::DiskCount told;
    told.set_requests(count.requests);
    told.set_bytes(count.bytes);
    told.set_errors(count.errors);
    told.set_nanoseconds(count.nanoseconds);
    told.set_longest_ns(count.longest_ns);
    return told;
}

} // namespace

Disk::~Disk()
{
    loop_.cancel(timer_);
    for (const auto* const file : {&files_.tell, &files_.said})
        if (*file)
            loop_.forget(file->get());
}

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

BackendProcess::Ended Disk::when_ended()
{
    return [this](const std::string& how) { ended(how); };
}

void Disk::start()
{
    const auto started = try_to_start();
    if (started.ok())
        return;
    failure_ = started.error().text;
    log::error("{}: disk {}: no backend: {}", place_.guest, config_.name(), failure_);
    start_later();
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

void Disk::ended(const std::string& how)
{
    process_.reset();
    loop_.cancel(timer_);
    hear_words(); // its last
    page_.set_state(client::Side::backend, client::DeviceState::absent);
    tell_();
    if (std::exchange(replacing_, false)) {
        start();
        return;
    }
    log::warning("{}: disk {}: its backend {}; the next one follows", place_.guest, config_.name(),
                 how);
    if (failure_.empty())
        failure_ = "the backend " + how;
    ++restarts_;
    if (Loop::Clock::now() - began_ > lives_well)
        pause_ = 0ms;
    start_later();
}

void Disk::start_later()
{
    pause_ = std::clamp<std::chrono::milliseconds>(2 * pause_, first_pause, last_pause);
    timer_ = loop_.after(pause_, [this] { start(); });
}

void Disk::wake() const
{
    client::send_event(files_.wake.get()); // a pipe that is full wakes it all the same
}

// The backend's part of the page has changed. However often it says so, others have their turn.
void Disk::hear()
{
    std::array<std::byte, 4096> calls;
    [[maybe_unused]] const auto taken = ::read(files_.tell.get(), calls.data(), calls.size());
    if (page_.state(client::Side::backend) == client::DeviceState::connected)
        failure_.clear();
    tell_();
}

void Disk::hear_words()
{
    std::array<char, 4096> words;
    const ssize_t bytes = ::read(files_.said.get(), words.data(), words.size());
    said_.append(words.data(), static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
    for (auto end = said_.find('\n'); end != std::string::npos; end = said_.find('\n')) {
        failure_ = printable(said_.substr(0, std::min(end, longest_line)));
        said_.erase(0, end + 1);
        if (++lines_ <= most_lines)
            log::warning("{}: disk {}: {}", place_.guest, config_.name(), failure_);
    }
    if (said_.size() > longest_line)
        said_.clear();
}

void Disk::replace()
{
    if (!process_) {
        pause_ = 0ms; // it is tried again in any case: why not now
        loop_.cancel(timer_);
        start();
        return;
    }
    replacing_ = true;
    process_->signal(SIGTERM);
    loop_.cancel(timer_);
    timer_ = loop_.after(ends_in_time, [this] {
        if (process_)
            process_->signal(SIGKILL);
    });
}

void Disk::withdraw()
{
    withdraw_device(place_.page);
    wake();
    tell_();
}

bool Disk::unused() const
{
    const auto idle = [this](client::Side side) {
        const auto state = page_.state(side);
        return state == client::DeviceState::absent || state == client::DeviceState::failed;
    };
    return idle(client::Side::backend) && idle(client::Side::frontend);
}

void Disk::end()
{
    loop_.cancel(timer_);
    if (process_)
        process_->signal(SIGKILL);
    process_.reset();
    DiskFiles::remove(place_.stem);
}

proto::Disk Disk::describe() const
{
    const auto status = block::read_status(*status_);
    const auto state = [this](client::Side side) {
        return static_cast<proto::DeviceState>(page_.state(side));
    };
    proto::Disk disk;
    disk.set_guest(place_.guest);
    disk.set_name(config_.name());
    disk.set_path(config_.path());
    disk.set_read_only(config_.read_only());
    disk.set_bytes(status.bytes);
    disk.set_sector_bytes(static_cast<std::uint32_t>(status.sector_bytes));
    disk.set_backend_state(state(client::Side::backend));
    disk.set_guest_state(state(client::Side::frontend));
    disk.set_pid(process_ ? static_cast<std::uint32_t>(process_->pid()) : 0);
    disk.set_restarts(restarts_);
    disk.set_failure(failure_);
    const auto& of = status.statistics.operations;
    *disk.mutable_read() = count_of(of[LINTEL_BLOCK_READ]);
    *disk.mutable_write() = count_of(of[LINTEL_BLOCK_WRITE]);
    *disk.mutable_flush() = count_of(of[LINTEL_BLOCK_FLUSH]);
    *disk.mutable_discard() = count_of(of[LINTEL_BLOCK_DISCARD]);
    *disk.mutable_zeroes() = count_of(of[LINTEL_BLOCK_ZEROES]);
    disk.set_refused(status.statistics.refused);
    disk.set_throttled(status.statistics.throttled);
    disk.set_full(status.statistics.full);
    disk.set_connections(status.statistics.connections);
    disk.set_direct(status.statistics.direct);
    disk.set_fua(status.statistics.fua);
    disk.set_last_error(status.statistics.last_error);
    return disk;
}

} // namespace lintel
