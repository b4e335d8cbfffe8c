// SPDX-License-Identifier: Apache-2.0
// The disk as io_uring carries it out. One thread makes it, uses it and ends it.
//
// The kernel is told beforehand what this ring may ever do: a handful of operations, on the files
// that were registered and on no others. So a backend that was taken over can do no more with it.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <liburing.h>
#include <sys/signalfd.h>

#include "block/disk.hpp"
#include "block/portions.hpp"
#include "block/throttle.hpp"
#include "liblintel/outcome.hpp"
#include "liblintel/unique_fd.hpp"

namespace lintel::block {

class Uring {
public:
    static constexpr std::size_t most_wakes = 2;
    struct Setup {
        int image;
        int signals;                // a signalfd
        std::span<const int> wakes; // readable: somebody has something to say; at most `most_wakes`
        std::span<const iovec> pools; // of each queue
        unsigned flights;             // most I/O at a time
    };
    static Outcome<std::unique_ptr<Uring>> make(const Setup& setup);
    ~Uring();
    Uring(const Uring&) = delete;
    Uring& operator=(const Uring&) = delete;

    void start(const Io& io);

    struct Woken {
        unsigned events = 0; // of `wakes` those that can be read, a bit each
        int signal = 0;      // 0: none
    };
    // Waits that are at least so long end with the next tick of a clock, at latest after that time:
    // a limit of its own for each would cost setting a timer of the processor, and stopping it.
    static constexpr Nanoseconds tick = Rate::second;

    // Submits what was started, waits for something to happen, or for at most so long, and calls
    // `finished(Token, result)` for each I/O that has ended.
    template <typename Finished>
    Woken wait(Nanoseconds most, Finished finished)
    {
        submit(most);
        const bool had_any = portions_.busy();
        Woken woken;
        io_uring_cqe* entry;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring_, head, entry)
        {
            seen++;
            if (entry->user_data < clock_data) {
                portions_.ended();
                finished(token(entry->user_data), entry->res);
            } else {
                listened(*entry, woken);
            }
        }
        io_uring_cq_advance(&ring_, seen);
        if (most == 0 && had_any)
            portions_.looked();
        return woken;
    }

private:
    Uring() = default;
    static constexpr std::uint64_t signal_data = ~std::uint64_t{0};
    static constexpr std::uint64_t first_wake_data = signal_data - most_wakes; // one each
    static constexpr std::uint64_t clock_data = first_wake_data - 1;
    static Token token(std::uint64_t data)
    {
        return {static_cast<std::uint32_t>(data >> 32), static_cast<std::uint32_t>(data)};
    }

    int begin(const Setup& setup);
    int restrict();
    io_uring_sqe* next_entry();
    void submit(Nanoseconds most);
    void listened(const io_uring_cqe& entry, Woken& woken);
    void listen_by_polling(std::uint64_t data);
    void listen_for_signals();

    io_uring ring_{};
    bool made_ = false;
    bool pools_registered_ = false;
    UniqueFd clock_;
    signalfd_siginfo signal_{};
    Portions portions_;
};

} // namespace lintel::block
