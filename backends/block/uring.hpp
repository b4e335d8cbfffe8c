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
#include "block/throttle.hpp"
#include "liblintel/outcome.hpp"

namespace lintel::block {

class Uring {
public:
    struct Setup {
        int image;
        int wake;                     // an eventfd: the frontend has something
        int signals;                  // a signalfd
        std::span<const iovec> pools; // of each queue
        unsigned flights;             // most I/O at a time
    };
    static Outcome<std::unique_ptr<Uring>> make(const Setup& setup);
    ~Uring();
    Uring(const Uring&) = delete;
    Uring& operator=(const Uring&) = delete;

    void start(const Io& io);

    struct Woken {
        bool event = false;
        int signal = 0; // 0: none
    };
    // Submits what was started, waits for something to happen, or for at most so long, and calls
    // `finished(Token, result)` for each I/O that has ended.
    template <typename Finished>
    Woken wait(Nanoseconds most, Finished finished)
    {
        submit(most);
        Woken woken;
        io_uring_cqe* entry;
        unsigned head, seen = 0;
        io_uring_for_each_cqe(&ring_, head, entry)
        {
            seen++;
            if (entry->user_data < wake_data)
                finished(token(entry->user_data), entry->res);
            else
                listened(*entry, woken);
        }
        io_uring_cq_advance(&ring_, seen);
        return woken;
    }

private:
    Uring() = default;
    static constexpr std::uint64_t wake_data = ~std::uint64_t{1};
    static constexpr std::uint64_t signal_data = ~std::uint64_t{0};
    static Token token(std::uint64_t data)
    {
        return {static_cast<std::uint32_t>(data >> 32), static_cast<std::uint32_t>(data)};
    }

    int begin(const Setup& setup);
    int restrict();
    io_uring_sqe* next_entry();
    void submit(Nanoseconds most);
    void listened(const io_uring_cqe& entry, Woken& woken);
    void listen_for_events();
    void listen_for_signals();

    io_uring ring_{};
    bool made_ = false;
    bool pools_registered_ = false;
    std::uint64_t events_ = 0;
    signalfd_siginfo signal_{};
};

} // namespace lintel::block
