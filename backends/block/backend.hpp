// SPDX-License-Identifier: Apache-2.0
// A disk's backend: the states of its device page, and the loop around its queues. Contract:
// docs/abi/devices.md#the-backends-transitions.
//
// A connection that ends is kept until the last of its I/O has: nothing in flight touches the
// guest's memory once the page says that the backend is gone.
#pragma once

#include <csignal>
#include <ctime>
#include <functional>

#include "block/connection.hpp"
#include "client/device_states.hpp"

namespace lintel::block {

inline Nanoseconds clock_now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<Nanoseconds>(time.tv_sec) * Rate::second +
           static_cast<Nanoseconds>(time.tv_nsec);
}

template <typename D, typename Domain>
class Backend {
public:
    static constexpr Nanoseconds closing_time = 10 * Rate::second;
    static constexpr Nanoseconds first_pause = Rate::second / 10; // after a failure; then twice it
    static constexpr Nanoseconds last_pause = 30 * Rate::second;
    static constexpr Nanoseconds forgets_after = 600 * Rate::second; // then it begins anew

    using Report = std::function<void(std::string_view)>;

    // `statistics` outlive this, and may be memory that others read.
    Backend(D& disk, Domain& domain, const lintel_device& offer, Throttle throttle,
            Statistics& statistics, Report report)
        : disk_{disk},
          domain_{domain},
          page_{domain.page()},
          offer_{offer},
          throttle_{throttle},
          statistics_{statistics},
          report_{std::move(report)},
          generation_{page_.number(client::Side::backend)}
    {
        set(State::absent); // whatever an earlier one has left
    }

    // Until it is told to stop and the frontend has let it, or the time for that is over.
    // `signalled` is called for each signal, and says whether to stop.
    template <typename Signalled>
    void run(Signalled signalled)
    {
        while (!stop_ || state_ != State::absent) {
            const Nanoseconds now = clock_now();
            const Turn turn = serve(now);
            const bool changed = change_state(now);
            const Nanoseconds most = changed ? 0 : patience(turn, now);
            Nanoseconds finished_at = 0; // one look at the clock for all that ended meanwhile
            const auto woken = disk_.wait(most, [&](Token token, int result) {
                if (finished_at == 0)
                    finished_at = clock_now();
                connection_->finished(token, result, finished_at);
            });
            if (woken.events != 0)
                domain_.take_events(woken.events); // before the next look at what they tell of
            if (woken.signal != 0 && signalled(woken.signal))
                stop_ = true;
        }
    }

private:
    using State = client::DeviceState;
    using Side = client::Side;

    Turn serve(Nanoseconds now)
    {
        if (!connection_)
            return Turn::waits;
        const bool takes = (state_ == State::connected || state_ == State::closing) && !stop_;
        if (!takes || letting_go_) {
            connection_->say_rest();
            return Turn::waits;
        }
        const Turn turn = connection_->serve(now);
        spoilt_ = turn == Turn::broken;
        finished_ = turn == Turn::waits;
        return turn;
    }

    Nanoseconds patience(Turn turn, Nanoseconds now) const
    {
        constexpr Nanoseconds otherwise = Rate::second; // states can change without an event
        if (turn == Turn::again)
            return 0;
        const Nanoseconds due = turn == Turn::throttled ? throttle_.opens()
                                : state_ == State::failed || state_ == State::absent ? retry_at_
                                                                                     : 0;
        return due > now ? std::min(due - now, otherwise) : otherwise;
    }

    // True: it is another one now.
    bool change_state(Nanoseconds now)
    {
        if (!letting_go_)
            next_ = next_backend_state(view(now));
        return next_ != state_ && enter(next_, now);
    }

    client::BackendView view(Nanoseconds now)
    {
        const State frontend = page_.frontend_state(generation_);
        return {.own = state_,
                .frontend = frontend,
                // Looked at while it decides only.
                .possible = state_ != State::ready || frontend != State::ready || connect(),
                .spoilt = spoilt_,
                .removed = page_.removed(),
                .stop = stop_ || (state_ == State::absent && now < retry_at_),
                .finished = connection_ && connection_->idle() && (stop_ || finished_),
                .overdue = state_ == State::closing && now > closing_since_ + closing_time,
                .retry = now >= retry_at_};
    }

    // False: not yet, as I/O is in flight.
    bool enter(State next, Nanoseconds now)
    {
        const bool lets_go = next == State::absent || next == State::failed;
        if (lets_go && connection_) {
            letting_go_ = connection_->in_flight();
            if (letting_go_)
                return false;
            connection_.reset();
            spoilt_ = false;
        }
        if (next == State::failed) {
            report_(why_.empty() ? "the frontend broke a ring" : why_);
            if (now > retry_at_ + forgets_after)
                pause_ = 0;
            pause_ = pause_ == 0 ? first_pause : std::min(2 * pause_, last_pause);
            retry_at_ = now + pause_;
        }
        if (next == State::closing) {
            closing_since_ = now;
            finished_ = false; // what was submitted before the frontend's CLOSING was seen
        }
        if (next == State::connected)
            statistics_.connections++;
        if (next == State::ready)
            offer_anew();
        else
            set(next);
        domain_.notify()();
        return true;
    }

    void offer_anew()
    {
        generation_ = client::next_generation(generation_);
        page_.write(Side::backend, offer_, generation_);
        state_ = State::ready;
    }

    // Maps and binds what a frontend that is READY has said.
    bool connect()
    {
        if (connection_)
            return true;
        const auto answer = page_.read(Side::frontend);
        why_ = "the frontend's answer changes all the time";
        if (answer && answer->seen_generation == generation_)
            connection_ = Connection<D, Domain>::make(
                offer_, *answer, {disk_, domain_, throttle_, statistics_}, why_);
        if (connection_)
            why_ = {};
        return connection_ != nullptr;
    }

    void set(State state)
    {
        page_.set_state(Side::backend, state);
        state_ = state;
    }

    D& disk_;
    Domain& domain_;
    client::DevicePage page_;
    lintel_device offer_;
    Throttle throttle_;
    Statistics& statistics_;
    Report report_;
    std::uint32_t generation_;
    State state_ = State::absent;
    State next_ = State::absent;
    std::unique_ptr<Connection<D, Domain>> connection_;
    std::string_view why_; // it is not possible
    bool stop_ = false;
    bool spoilt_ = false;
    bool finished_ = false;   // as far as there were requests
    bool letting_go_ = false; // of a connection with I/O in flight, on the way to `next_`
    Nanoseconds closing_since_ = 0;
    Nanoseconds pause_ = 0;
    Nanoseconds retry_at_ = 0;
};

} // namespace lintel::block
