// SPDX-License-Identifier: Apache-2.0
// One queue of a disk: takes requests from its submission ring, has them carried out, and answers
// each once. Contract: docs/abi/block.md.
//
// Whatever the frontend does, a queue holds at most as many requests as a ring has slots, each call
// does a bounded amount, and a step that cannot be ends the connection. Requests may be in flight
// when that happens; the queue lives until they are finished.
#pragma once

#include <cerrno>

#include "block/flight.hpp"
#include "block/statistics.hpp"
#include "client/ring.hpp"

namespace lintel::block {

// After a call: what brings the queue on.
enum class [[nodiscard]] Turn{
    waits,     // a notification, or the end of an I/O
    again,     // another look, when what was begun is submitted: there may be more
    throttled, // Throttle::opens()
    broken,    // nothing: the frontend showed a step that cannot be
};

// An errno value of the image, as an answer.
constexpr Status status_of(int error)
{
    switch (error) {
    case 0:
        return Status::done;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return Status::no_space;
    case EROFS:
        return Status::write_denied;
    case EOPNOTSUPP:
        return Status::unsupported;
    default:
        return Status::error;
    }
}

// What the queues of a disk share; all of it belongs to one thread.
template <typename D, typename G>
struct Shared {
    D& disk;
    G& guest;
    Throttle& throttle;
    Statistics& statistics;
};

struct QueueMemory {
    std::span<std::byte> submission;
    std::span<std::byte> completion;
    std::span<std::byte> pool;
};

template <Disk D, GuestPages G, std::invocable Notify>
class Queue {
public:
    static constexpr std::uint32_t share = 64; // requests taken before others have their turn

    Queue(std::uint32_t number, QueueMemory memory, std::uint32_t order, const Rules& rules,
          Shared<D, G> shared, Notify notify)
        : requests_{memory.submission, order, notify},
          completions_{memory.completion, order, std::move(notify)},
          pool_{memory.pool},
          rules_{rules},
          shared_{shared},
          number_{number},
          flights_(std::size_t{1} << order)
    {
        assert(pool_.size() >= rules.pool_bytes());
        for (std::uint32_t i = 0; i < flights_.size(); i++)
            free_.push_back(i);
    }

    bool broken() const { return requests_.broken() || completions_.broken(); }
    std::size_t in_flight() const { return flights_.size() - free_.size(); }
    // Nothing is left to be done or to be told.
    bool idle() const { return in_flight() == 0 && unsaid_.empty(); }

    // Tells of answers before it looks for requests: a guest that has the same processor may bring
    // new ones meanwhile, and need not wake anybody for them.
    Turn serve(Nanoseconds now)
    {
        if (broken())
            return Turn::broken;
        completions_.publish();
        const Turn turn = take_requests(now);
        if (turn != Turn::broken) {
            requests_.release();
            completions_.publish();
        }
        return turn;
    }

    // The result of an I/O that was started.
    void finished(std::uint32_t number, int result, Nanoseconds now)
    {
        auto& flight = flights_[number];
        int error = result < 0 ? -result : 0;
        if (error == 0 && flight.request.has_data()) {
            const auto done = static_cast<std::uint32_t>(result);
            assert(done <= flight.left);
            // Less than was asked for is all that the image has, or a disturbance on the way.
            if (done == 0 || !request::whole_sectors(done, rules_))
                error = EIO;
            else if (done < flight.left)
                return go_on(number, done);
        }
        if (error != 0)
            shared_.statistics.last_error = static_cast<std::uint64_t>(error);
        shared_.statistics.of(flight.request.operation)
            .add(flight.request.bytes, now - flight.began, error != 0);
        end(number, status_of(error));
    }

    // Takes nothing more, but answers what was taken.
    void say_rest()
    {
        if (!broken() && say_unsaid() != Step::broken)
            completions_.publish();
    }

private:
    using Mapping = typename G::Mapping;
    using Step = client::Step;

    Turn take_requests(Nanoseconds now)
    {
        for (std::uint32_t taken = 0; taken < share;) {
            if (const Step said = unsaid_.empty() ? Step::done : say_unsaid(); said != Step::done)
                return said == Step::broken ? Turn::broken : Turn::waits;
            if (free_.empty())
                return broken() ? Turn::broken : Turn::waits;
            if (!shared_.throttle.open(now)) {
                shared_.statistics.throttled++;
                return Turn::throttled;
            }
            lintel_block_request slot;
            Step step = requests_.take(slot);
            if (step == Step::done) {
                begin(slot, now);
                taken++;
            } else if (step == Step::none) {
                // What was begun may end at once, and its answers bring new requests: a guest that
                // had to wake this process for those would do so for nothing.
                if (taken > 0)
                    return Turn::again;
                step = requests_.await_items();
            }
            if (step != Step::done)
                return step == Step::broken ? Turn::broken : Turn::waits;
        }
        return Turn::again;
    }

    void begin(const lintel_block_request& slot, Nanoseconds now)
    {
        const Status refused = refusal(slot, rules_);
        const bool data = slot.operation <= LINTEL_BLOCK_WRITE && refused == Status::done;
        shared_.throttle.spend(now, data ? slot.bytes : 0);
        if (refused != Status::done) {
            shared_.statistics.refused++;
            return say(slot.id, refused);
        }
        assert(!free_.empty()); // take_requests() looked
        const std::uint32_t number = free_.back();
        free_.pop_back();
        auto& flight = flights_[number];
        flight.request = request_of(slot);
        flight.left = flight.request.bytes;
        flight.began = now;
        if (flight.request.has_data() && !find_data(flight)) {
            shared_.statistics.refused++;
            return end(number, Status::bad_grant);
        }
        shared_.statistics.fua += flight.request.through ? 1 : 0;
        shared_.disk.start(flight.io({number_, number}));
    }

    bool find_data(Flight<Mapping>& flight)
    {
        const Request& request = flight.request;
        if (!request.direct) {
            flight.pieces.resize(1); // as it mostly is
            flight.pieces[0] = {pool_.data() + request.place, request.bytes};
            return true;
        }
        flight.pieces.clear();
        std::span<const std::uint32_t> references{request.page, request.pages};
        if (request.listed()) {
            load_list(pool_, request, references_);
            references = references_;
        }
        auto mapping =
            shared_.guest.map(references, request.operation == Operation::read, flight.pieces);
        if (!mapping)
            return false;
        flight.mapping = std::move(*mapping);
        shared_.statistics.direct++;
        cut(flight.pieces, request.place, request.bytes);
        return true;
    }

    void go_on(std::uint32_t number, std::uint32_t done)
    {
        auto& flight = flights_[number];
        flight.left -= done;
        cut(flight.pieces, done, flight.left);
        shared_.disk.start(flight.io({number_, number}));
    }

    void end(std::uint32_t number, Status status)
    {
        auto& flight = flights_[number];
        if (flight.request.direct)
            flight.mapping = Mapping{};
        free_.push_back(number);
        if (!broken()) // a put is seen at once, whether it is told of or not
            say(flight.request.id, status);
    }

    // In order, so nothing overtakes what could not be said yet.
    void say(std::uint32_t id, Status status)
    {
        const lintel_block_completion completion{
            .id = id, .status = static_cast<std::uint16_t>(status), .lap = 0};
        if (!unsaid_.empty() || completions_.put(completion) != Step::done)
            unsaid_.push_back(completion);
    }

    // None: the frontend has to read its completions first, and notifies.
    Step say_unsaid()
    {
        if (unsaid_.empty())
            return Step::done;
        std::size_t said = 0;
        Step step = Step::done;
        while (said < unsaid_.size() && step == Step::done) {
            step = completions_.put(unsaid_[said]);
            if (step == Step::done)
                said++;
            else if (step == Step::none)
                step = completions_.await_room();
        }
        unsaid_.erase(unsaid_.begin(), unsaid_.begin() + static_cast<std::ptrdiff_t>(said));
        if (step == Step::none)
            shared_.statistics.full++;
        return step;
    }

    client::Consumer<lintel_block_request, Notify> requests_;
    client::Producer<lintel_block_completion, Notify> completions_;
    std::span<std::byte> pool_;
    Rules rules_;
    Shared<D, G> shared_;
    std::uint32_t number_;
    std::vector<Flight<Mapping>> flights_;
    std::vector<std::uint32_t> free_;             // numbers of flights
    std::vector<lintel_block_completion> unsaid_; // for which the completion ring has no room
    std::vector<std::uint32_t> references_;       // of one request, while it is begun
};

} // namespace lintel::block
