// SPDX-License-Identifier: Apache-2.0
// The event loop of linteld: descriptors and timers, one thread. Handlers may add and forget
// anything, themselves included.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "liblintel/unique_fd.hpp"

namespace lintel {

class Loop {
public:
    using Handler = std::function<void(std::uint32_t events)>; // EPOLL*
    using Clock = std::chrono::steady_clock;
    using Timer = std::uint64_t; // never 0

    Loop();

    void watch(int fd, std::uint32_t events, Handler handler);
    void change(int fd, std::uint32_t events);
    void forget(int fd);

    Timer after(std::chrono::milliseconds delay, std::function<void()> action);
    void cancel(Timer timer); // one that has run, or 0, is ignored

    // Waits for something to happen, `most` at the longest, and handles what did.
    void step(std::chrono::milliseconds most);

private:
    struct Deadline {
        Clock::time_point when;
        Timer number;
        bool operator<(const Deadline& other) const
        {
            return when != other.when ? when < other.when : number < other.number;
        }
    };

    int wait_time(std::chrono::milliseconds most) const;
    void run_timers();

    UniqueFd epoll_;
    std::map<int, std::shared_ptr<Handler>> handlers_; // shared: a running handler may be forgotten
    std::map<Deadline, std::function<void()>> timers_;
    Timer last_timer_ = 0;
};

} // namespace lintel
