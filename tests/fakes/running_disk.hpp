// SPDX-License-Identifier: Apache-2.0
// A real backend in a thread, on a file that is removed again, with a loopback domain as its guest.
#pragma once

#include <csignal>
#include <cstdio>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include <sys/resource.h>

#include <gtest/gtest.h>

#include "block/backend.hpp"
#include "block/offer.hpp"
#include "block/uring.hpp"
#include "client/block_guest.hpp"

namespace lintel {

// In the folder for temporary files, of so many bytes of a pattern that tells the place.
class TemporaryImage {
public:
    explicit TemporaryImage(std::size_t bytes, std::string folder = "/var/tmp")
        : path{folder + "/lintel-block-XXXXXX"}
    {
        fd = UniqueFd{::mkstemp(path.data())};
        std::string content(bytes, 0);
        for (std::size_t i = 0; i < bytes; i++)
            content[i] = pattern(i);
        EXPECT_EQ(::pwrite(fd.get(), content.data(), bytes, 0), static_cast<ssize_t>(bytes));
        EXPECT_EQ(::fsync(fd.get()), 0);
    }
    ~TemporaryImage() { ::unlink(path.c_str()); }

    static char pattern(std::size_t at) { return static_cast<char>(at / 512 * 7 + at); }
    std::string read(std::size_t at, std::size_t bytes) const
    {
        std::string content(bytes, 0);
        EXPECT_EQ(::pread(fd.get(), content.data(), bytes, static_cast<off_t>(at)),
                  static_cast<ssize_t>(bytes));
        return content;
    }

    std::string path;
    UniqueFd fd;
};

struct DiskSetup {
    block::ImageOptions image;
    block::Shape shape;
    block::Throttle throttle;
};

class RunningDisk {
public:
    static constexpr std::size_t ram_bytes = 8 << 20;

    explicit RunningDisk(const DiskSetup& setup)
        : files{client::LoopbackFiles::make(ram_bytes, setup.shape.pool_bytes()).take()}
    {
        std::promise<void> started;
        auto ready = started.get_future();
        thread_ = std::thread{[this, setup, &started] { run(setup, started); }};
        ready.wait();
    }
    ~RunningDisk() { stop(); }

    void stop()
    {
        if (!thread_.joinable())
            return;
        ::pthread_kill(thread_.native_handle(), SIGTERM);
        thread_.join();
    }

    client::LoopbackFiles files;
    block::Statistics statistics; // when it was stopped
    std::string reported;         // likewise

private:
    void run(const DiskSetup& setup, std::promise<void>& started)
    {
        sigset_t term;
        sigemptyset(&term);
        sigaddset(&term, SIGTERM);
        ::pthread_sigmask(SIG_BLOCK, &term, nullptr);
        const UniqueFd signals{::signalfd(-1, &term, SFD_CLOEXEC)};
        auto image = block::Image::open(setup.image);
        auto domain = client::LoopbackDomain::open(files);
        EXPECT_TRUE(image.ok() && domain.ok());
        std::vector<iovec> pools;
        for (std::uint32_t i = 0; i < setup.shape.queues; i++) {
            const std::size_t bytes = std::size_t{setup.shape.pool_pages} * block::page_bytes;
            pools.push_back({domain.value().pool().data() + i * bytes, bytes});
        }
        const auto wakes = domain.value().wake_fds();
        auto uring = block::Uring::make({.image = image.value().fd.get(),
                                         .signals = signals.get(),
                                         .wakes = wakes,
                                         .pools = pools,
                                         .flights = setup.shape.flights()});
        EXPECT_TRUE(uring.ok()) << uring.error().text;
        block::Backend backend{*uring.value(), domain.value(),
                               block::offer(image.value(), setup.shape), setup.throttle,
                               statistics,
                               [this](std::string_view why) { reported = why; }};
        started.set_value();
        backend.run([](int) { return true; });
    }

    std::thread thread_;
};

} // namespace lintel
