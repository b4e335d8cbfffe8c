// SPDX-License-Identifier: Apache-2.0
// A guest's driver of a disk on a loopback domain, for tests and benchmarks: it answers the
// backend's offer, and has a BlockTwin for each queue.
#pragma once

#include <chrono>
#include <memory>

#include <poll.h>

#include "client/block_twin.hpp"
#include "client/loopback_domain.hpp"

namespace lintel::client {

class BlockGuest {
public:
    using Notify = LoopbackDomain::Notify;
    using Twin = BlockTwin<Notify>;

    explicit BlockGuest(const LoopbackFiles& files, std::uint64_t page = LoopbackLayout::device)
        : guest_{*SharedMemory::whole(files.guest.get())},
          pool_{*SharedMemory::whole(files.pool.get())},
          page_{guest_.bytes().subspan(page, SharedMemory::page)},
          wake_{files.to_frontend.get()},
          notify_{files.to_backend.get()}
    {
    }

    // --- memory ---

    // Pages of RAM that nobody has; never given back.
    std::span<std::byte> allocate(std::size_t pages)
    {
        const std::size_t bytes = pages * SharedMemory::page;
        assert(used_ + bytes <= guest_.bytes().size());
        return guest_.bytes().subspan(std::exchange(used_, used_ + bytes), bytes);
    }
    // Grants the page to the backend; its reference.
    std::uint32_t grant(const std::byte* page, bool writable)
    {
        assert(granted_ < LoopbackLayout::grant_entries);
        const auto address = static_cast<std::uint64_t>(page - guest_.bytes().data());
        set_grant(granted_, address | LINTEL_GRANT_PRESENT |
                                (writable ? LINTEL_GRANT_WRITABLE : 0) |
                                std::uint64_t{LoopbackLayout::backend} << LINTEL_GRANT_PEER_SHIFT);
        return granted_++;
    }
    void set_grant(std::uint32_t reference, std::uint64_t entry)
    {
        auto* const table =
            reinterpret_cast<std::uint64_t*>(guest_.bytes().data() + LoopbackLayout::grants);
        std::atomic_ref{table[reference]}.store(entry, std::memory_order_release);
    }
    std::span<std::byte> pool(std::uint32_t queue) const
    {
        const std::size_t bytes = std::size_t{config().pool_pages} * SharedMemory::page;
        return pool_.bytes().subspan(queue * bytes, bytes);
    }

    // --- the connection ---

    // Answers the next offer with so many queues, or as many as there are. False: none came in
    // time.
    bool connect(std::uint32_t queues, std::uint32_t order, std::chrono::milliseconds most)
    {
        if (!offered(most))
            return false;
        lintel_device answer{};
        answer.chosen_features = offer_.features;
        answer.chosen_queues = std::min(queues, offer_.queues);
        twins_.clear();
        for (std::uint32_t i = 0; i < answer.chosen_queues; i++)
            answer.queue[i] = make_queue(std::min(order, offer_.ring_order));
        answer_ = answer;
        say();
        if (!await([&] { return page_.state(Side::backend) == DeviceState::connected; }, most))
            return false;
        page_.set_state(Side::frontend, DeviceState::connected);
        return true;
    }
    // Waits for an offer that was not answered yet.
    bool offered(std::chrono::milliseconds most)
    {
        return await(
            [&] {
                const auto read = page_.read(Side::backend);
                const bool fresh = read && read->backend_state == LINTEL_STATE_READY &&
                                   read->generation != page_.number(Side::frontend);
                if (fresh)
                    offer_ = *read;
                return fresh;
            },
            most);
    }
    // Finishes, and lets go. False: the backend did not.
    bool close(std::chrono::milliseconds most)
    {
        page_.set_state(Side::frontend, DeviceState::closing);
        notify_();
        const bool gone = await(
            [&] {
                return page_.state(Side::backend) != DeviceState::connected &&
                       page_.state(Side::backend) != DeviceState::closing;
            },
            most);
        page_.set_state(Side::frontend, gone ? DeviceState::absent : DeviceState::failed);
        notify_();
        return gone;
    }

    const lintel_device& offer() const { return offer_; }
    lintel_block_config config() const
    {
        lintel_block_config config;
        std::memcpy(&config, offer_.config, sizeof config);
        return config;
    }
    DevicePage& page() { return page_; }
    Twin& queue(std::uint32_t number) { return *twins_[number]; }
    // As they were given to the queue made last.
    std::span<std::byte> submission() const { return submission_; }
    std::span<std::byte> completion() const { return completion_; }
    void notify() const { notify_(); }

    // Sleeps until an event, or for so long.
    void wait(std::chrono::milliseconds most) const
    {
        pollfd port{.fd = wake_, .events = POLLIN, .revents = 0};
        std::uint64_t count;
        if (::poll(&port, 1, static_cast<int>(most.count())) > 0 &&
            ::read(wake_, &count, sizeof count) < 0)
            return;
    }
    // Sleeps until an event, however long that takes.
    void sleep() const
    {
        std::uint64_t count;
        while (::read(wake_, &count, sizeof count) < 0 && errno == EINTR) {
        }
    }
    template <typename Condition>
    bool await(Condition condition, std::chrono::milliseconds most) const
    {
        const auto end = std::chrono::steady_clock::now() + most;
        while (!condition()) {
            if (std::chrono::steady_clock::now() >= end)
                return false;
            wait(std::chrono::milliseconds{10});
        }
        return true;
    }

    // Carries out one request by queue 0 and waits for its status; none: no answer in time.
    std::optional<std::uint32_t> perform(const lintel_block_request& request,
                                         std::chrono::milliseconds most = std::chrono::seconds{10})
    {
        Twin& twin = queue(0);
        const auto id = twin.submit(request);
        if (!id)
            return std::nullopt;
        twin.publish();
        std::optional<lintel_block_completion> completion;
        await([&] { return (completion = twin.take()) || twin.await() == Step::broken; }, most);
        return completion && completion->id == *id ? std::optional{completion->status}
                                                   : std::nullopt;
    }

    // Writes `answer_` as the answer to the offer.
    void say()
    {
        page_.write(Side::frontend, answer_, offer_.generation);
        notify_();
    }
    lintel_device answer_{};

private:
    static std::size_t pages_of(std::size_t slot_bytes, std::uint32_t order)
    {
        return (LINTEL_RING_BYTES(slot_bytes, order) + SharedMemory::page - 1) / SharedMemory::page;
    }
    // Rings in zeroed pages, and their grants.
    lintel_device_queue make_queue(std::uint32_t order)
    {
        lintel_device_queue queue{
            .port = 1, .ring_order = order, .submission = {}, .completion = {}};
        submission_ = allocate(pages_of(sizeof(lintel_block_request), order));
        completion_ = allocate(pages_of(sizeof(lintel_block_completion), order));
        for (std::size_t i = 0; i * SharedMemory::page < submission_.size(); i++)
            queue.submission[i] = grant(submission_.data() + i * SharedMemory::page, true);
        for (std::size_t i = 0; i * SharedMemory::page < completion_.size(); i++)
            queue.completion[i] = grant(completion_.data() + i * SharedMemory::page, true);
        twins_.push_back(std::make_unique<Twin>(submission_, completion_, order, notify_));
        return queue;
    }

    SharedMemory guest_;
    SharedMemory pool_;
    DevicePage page_;
    int wake_;
    Notify notify_;
    std::size_t used_ = LoopbackLayout::ram;
    std::uint32_t granted_ = 8; // the first are left empty
    lintel_device offer_{};
    std::span<std::byte> submission_;
    std::span<std::byte> completion_;
    std::vector<std::unique_ptr<Twin>> twins_;
};

} // namespace lintel::client
