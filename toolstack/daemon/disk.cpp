// SPDX-License-Identifier: Apache-2.0
// How a disk's backend is kept running, until its end. Contract of what the toolstack does:
// docs/abi/devices.md#when-the-backend-is-replaced.
#include "daemon/disk.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include "builder/device_area.hpp"
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

std::string printable(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return text;
}

} // namespace

Disk::~Disk()
{
    loop_.cancel(timer_);
    for (const auto* const file : {&files_.tell, &files_.said})
        if (*file)
            loop_.forget(file->get());
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

} // namespace lintel
