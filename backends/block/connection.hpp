// SPDX-License-Identifier: Apache-2.0
// A connected frontend: its rings, mapped, and a queue on each pair.
#pragma once

#include <algorithm>
#include <memory>

#include "block/queue.hpp"
#include "client/device_answer.hpp"
#include "client/device_page.hpp"

namespace lintel::block {

// Pages of a ring of so many slots.
constexpr std::size_t ring_pages(std::size_t slot_bytes, std::uint32_t order)
{
    return (LINTEL_RING_BYTES(slot_bytes, order) + page_bytes - 1) / page_bytes;
}
static_assert(ring_pages(sizeof(lintel_block_request), LINTEL_BLOCK_RING_ORDER) <= 8);

template <Disk D, typename Domain>
class Connection {
public:
    // None: `why` says what is wrong with the frontend's answer, a private copy.
    static std::unique_ptr<Connection> make(const lintel_device& offer, const lintel_device& answer,
                                            Shared<D, Domain> shared, std::string_view& why)
    {
        why = client::complaint(offer, answer);
        if (!why.empty())
            return nullptr;
        auto made = std::unique_ptr<Connection>{new Connection};
        Rules rules{};
        std::memcpy(&rules.config, offer.config, sizeof rules.config);
        rules.features = answer.chosen_features;
        for (std::uint32_t i = 0; i < answer.chosen_queues; i++)
            if (!made->add(i, answer, rules, shared)) {
                why = "a ring's pages are not granted, or not writable; or its port does not await";
                return nullptr;
            }
        return made;
    }

    // What comes first of all queues brings them on: again, or throttled, or a notification.
    Turn serve(Nanoseconds now)
    {
        Turn all = Turn::waits;
        for (const auto& end : ends_) {
            const Turn turn = end->queue.serve(now);
            if (turn == Turn::broken)
                return turn;
            if (turn == Turn::again || all == Turn::waits)
                all = turn;
        }
        return all;
    }
    void finished(Token token, int result, Nanoseconds now)
    {
        ends_[token.queue]->queue.finished(token.flight, result, now);
    }
    // Takes nothing more.
    void say_rest()
    {
        for (const auto& end : ends_)
            end->queue.say_rest();
    }
    bool in_flight() const
    {
        return std::any_of(ends_.begin(), ends_.end(),
                           [](const auto& end) { return end->queue.in_flight() > 0; });
    }
    bool idle() const
    {
        return std::all_of(ends_.begin(), ends_.end(),
                           [](const auto& end) { return end->queue.idle(); });
    }

private:
    using Ring = decltype(std::declval<Domain>().map_ring({}))::value_type;
    using Port = decltype(std::declval<Domain>().bind(0, false))::value_type;
    using Notify = decltype(std::declval<Port>().notify());
    struct End {
        Ring submission;
        Ring completion;
        Port port;
        Queue<D, Domain, Notify> queue;
    };

    Connection() = default;

    bool add(std::uint32_t number, const lintel_device& answer, const Rules& rules,
             Shared<D, Domain> shared)
    {
        const lintel_device_queue& asked = answer.queue[number];
        const auto map = [&](const std::uint32_t* references, std::size_t slot_bytes) {
            return shared.guest.map_ring({references, ring_pages(slot_bytes, asked.ring_order)});
        };
        auto submission = map(asked.submission, sizeof(lintel_block_request));
        auto completion = map(asked.completion, sizeof(lintel_block_completion));
        auto port = shared.guest.bind(asked.port, answer.chosen_queues == 1);
        if (!submission || !completion || !port)
            return false;
        const Notify notify = port->notify();
        const QueueMemory memory{
            submission->bytes(), completion->bytes(),
            shared.guest.pool().subspan(number * rules.pool_bytes(), rules.pool_bytes())};
        ends_.push_back(std::unique_ptr<End>{
            new End{std::move(*submission),
                    std::move(*completion),
                    std::move(*port),
                    {number, memory, asked.ring_order, rules, shared, notify}}});
        return true;
    }

    std::vector<std::unique_ptr<End>> ends_; // by the queue's number
};

} // namespace lintel::block
