// SPDX-License-Identifier: Apache-2.0
// Limits of a disk's operations and bytes per second.
//
// For each limit one point in time: when what was let through so far is paid for. A request may
// start once that has come, and moves it on by its own cost; so a long request passes whole, and
// the next one waits the longer. Time that nobody used is kept for bursts, but not more than
// `burst`.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lintel::block {

using Nanoseconds = std::uint64_t; // of a clock that never goes back

class Rate {
public:
    static constexpr Nanoseconds second = 1'000'000'000;
    static constexpr Nanoseconds burst = second / 10;

    explicit Rate(std::uint64_t per_second) : per_second_{per_second} {} // 0: no limit

    // When the next may start; any time before `now` if it may now.
    Nanoseconds opens() const { return paid_ > burst ? paid_ - burst : 0; }
    void spend(Nanoseconds now, std::uint64_t amount)
    {
        if (per_second_ == 0)
            return;
        // What was not used is lost beyond a burst.
        paid_ = std::max(paid_, now);
        const auto scaled = static_cast<unsigned __int128>(amount) * second + rest_;
        paid_ += static_cast<Nanoseconds>(scaled / per_second_);
        rest_ = static_cast<std::uint64_t>(scaled % per_second_);
    }

private:
    std::uint64_t per_second_;
    std::uint64_t rest_ = 0; // of a division, so that fractions add up
    Nanoseconds paid_ = 0;
};

class Throttle {
public:
    Throttle() : Throttle{0, 0} {}
    Throttle(std::uint64_t operations, std::uint64_t bytes)
        : operations_{operations}, bytes_{bytes}, limits_{operations != 0 || bytes != 0}
    {
    }

    Nanoseconds opens() const { return std::max(operations_.opens(), bytes_.opens()); }
    bool open(Nanoseconds now) const { return !limits_ || opens() <= now; }
    void spend(Nanoseconds now, std::uint32_t bytes)
    {
        if (!limits_)
            return;
        operations_.spend(now, 1);
        bytes_.spend(now, bytes);
    }

private:
    Rate operations_;
    Rate bytes_;
    bool limits_; // mostly there are none
};

} // namespace lintel::block
