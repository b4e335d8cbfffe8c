// SPDX-License-Identifier: Apache-2.0
// Memory and a port between two sides of one program: a device without a guest, for tests and
// benchmarks.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace lintel::client {

// Cleared pages.
class LoopbackMemory {
public:
    static constexpr std::size_t page = 4096;

    explicit LoopbackMemory(std::size_t pages)
        : bytes_{pages * page}, memory_{static_cast<std::byte*>(std::aligned_alloc(page, bytes_))}
    {
        if (!memory_)
            throw std::bad_alloc{};
        clear();
    }

    void clear() { std::fill_n(memory_.get(), bytes_, std::byte{0}); }

    std::span<std::byte> bytes() { return {memory_.get(), bytes_}; }
    template <std::size_t pages>
    std::span<std::byte, pages * page> first()
    {
        return bytes().template first<pages * page>();
    }

private:
    struct Free {
        void operator()(std::byte* memory) const { std::free(memory); }
    };
    std::size_t bytes_;
    std::unique_ptr<std::byte, Free> memory_;
};

// One direction of an event channel: events are not counted, and stay until they are taken.
class LoopbackPort {
public:
    void send()
    {
        sent_++;
        pending_ = true;
        pending_.notify_one();
    }
    bool take() { return pending_.exchange(false); }
    void wait()
    {
        while (!take())
            pending_.wait(false);
    }
    unsigned sent() const { return sent_; }

    struct Sender {
        LoopbackPort* port;
        void operator()() const { port->send(); }
    };
    Sender sender() { return {this}; }

private:
    std::atomic<bool> pending_ = false;
    std::atomic<unsigned> sent_ = 0;
};

} // namespace lintel::client
