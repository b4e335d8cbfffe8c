// SPDX-License-Identifier: Apache-2.0
#include "daemon/loop.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>

#include "support/assert.hpp"

namespace lintel {
namespace {

epoll_event event_of(int fd, std::uint32_t events)
{
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    return event;
}

} // namespace

Loop::Loop() : epoll_{::epoll_create1(EPOLL_CLOEXEC)}
{
    assert(epoll_);
}

void Loop::watch(int fd, std::uint32_t events, Handler handler)
{
    auto event = event_of(fd, events);
    handlers_[fd] = std::make_shared<Handler>(std::move(handler));
    const int result = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    assert(result == 0);
}

void Loop::change(int fd, std::uint32_t events)
{
    auto event = event_of(fd, events);
    const int result = ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
    assert(result == 0);
}

void Loop::forget(int fd)
{
    if (handlers_.erase(fd) != 0)
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Loop::Timer Loop::after(std::chrono::milliseconds delay, std::function<void()> action)
{
    timers_.emplace(Deadline{Clock::now() + delay, ++last_timer_}, std::move(action));
    return last_timer_;
}

void Loop::cancel(Timer timer)
{
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.number == timer; });
}

int Loop::wait_time(std::chrono::milliseconds most) const
{
    if (timers_.empty())
        return static_cast<int>(most.count());
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.when - Clock::now());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, most).count());
}

// Those that are due now; what they add runs in a later step, so that descriptors get their turn.
void Loop::run_timers()
{
    const auto now = Clock::now();
    const auto newest = last_timer_;
    for (auto next = timers_.begin(); next != timers_.end() && next->first.when <= now;) {
        if (next->first.number > newest) {
            ++next;
            continue;
        }
        const auto action = std::move(next->second);
        timers_.erase(next);
        action();
        next = timers_.begin();
    }
}

void Loop::step(std::chrono::milliseconds most)
{
    std::array<epoll_event, 32> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), wait_time(most));
    for (int i = 0; i < count; ++i) {
        // One of an earlier handler may have forgotten this one; the number may even be another's
        // by now, who then looks and finds nothing.
        const auto found = handlers_.find(events[i].data.fd);
        if (found == handlers_.end())
            continue;
        const auto handler = found->second;
        (*handler)(events[i].events);
    }
    run_timers();
}

} // namespace lintel
