// SPDX-License-Identifier: Apache-2.0
// bench-block: loads a disk through rings and backend as fio loads a file, and prints one line of
// JSON. The backend is lintel-block, a process of its own; this one is its guest.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "client/block_guest.hpp"
#include "fakes/block_process.hpp"

namespace {

using namespace lintel;
using Clock = std::chrono::steady_clock;

struct Load {
    std::string backend;
    std::string image;
    bool write = false;
    bool sequential = false;
    bool direct = false;
    std::uint32_t bytes = 4096;
    std::uint32_t depth = 32;
    double seconds = 3;
    double ramp = 0.5; // before anything counts
};

constexpr std::uint32_t queue_pages = 1024, order = 7;
constexpr auto patience = std::chrono::seconds{20};

[[noreturn]] void fail(const char* what)
{
    std::fprintf(stderr, "bench-block: %s\n", what);
    std::exit(1);
}

class Guest {
public:
    Guest(const Load& load, client::BlockGuest& guest)
        : load_{load}, guest_{guest}, twin_{guest.queue(0)}, places_(load.depth)
    {
        const std::uint32_t pages = (load.bytes + 4095) / 4096;
        const auto memory =
            load.direct ? guest.allocate(std::size_t{pages} * load.depth) : std::span<std::byte>{};
        // With many pages the list of each request lies in the pool, behind one another.
        auto* const lists = reinterpret_cast<std::uint32_t*>(guest.pool(0).data());
        for (std::uint32_t i = 0; i < load.depth; i++) {
            lintel_block_request& slot = places_[i];
            slot = {};
            slot.operation = load.write ? LINTEL_BLOCK_WRITE : LINTEL_BLOCK_READ;
            slot.bytes = load.bytes;
            slot.place = load.direct ? 0 : i * load.bytes;
            if (!load.direct)
                continue;
            slot.flags = LINTEL_BLOCK_DIRECT;
            slot.pages = static_cast<std::uint16_t>(pages);
            const bool listed = pages > LINTEL_BLOCK_INLINE_PAGES;
            slot.list = listed ? i * pages * 4 : 0;
            for (std::uint32_t page = 0; page < pages; page++)
                (listed ? lists + i * pages : slot.page)[page] = guest.grant(
                    memory.data() + (std::size_t{i} * pages + page) * 4096, !load.write);
        }
        by_id_.resize(std::size_t{1} << order);
    }

    // Keeps `depth` requests on their way until then; how many were completed.
    std::uint64_t run(Clock::time_point end)
    {
        std::uint64_t completed = 0;
        while (Clock::now() < end) {
            fill();
            twin_.publish();
            completed += reap();
        }
        return completed;
    }
    void drain()
    {
        while (twin_.unanswered() > 0)
            reap();
    }

private:
    void fill()
    {
        while (!free_places_.empty() || next_place_ < load_.depth) {
            const std::uint32_t place = free_places_.empty() ? next_place_++ : free_places_.back();
            if (!free_places_.empty())
                free_places_.pop_back();
            places_[place].offset = next_offset();
            const auto id = twin_.submit(places_[place]);
            if (!id)
                fail("the submission ring is full");
            by_id_[*id] = place;
        }
    }
    unsigned reap()
    {
        unsigned completed = 0;
        while (completed == 0) {
            while (const auto completion = twin_.take()) {
                if (completion->status != LINTEL_BLOCK_DONE)
                    fail("a request failed");
                free_places_.push_back(by_id_[completion->id]);
                completed++;
            }
            const client::Step more = twin_.await();
            if (twin_.fault() || more == client::Step::broken)
                fail("the backend broke the protocol");
            if (completed == 0 && more == client::Step::none)
                guest_.sleep();
        }
        return completed;
    }
    std::uint64_t next_offset()
    {
        const std::uint64_t blocks = guest_.config().bytes / load_.bytes;
        if (load_.sequential)
            return sequence_++ % blocks * load_.bytes;
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return random_ % blocks * load_.bytes;
    }

    const Load& load_;
    client::BlockGuest& guest_;
    client::BlockGuest::Twin& twin_;
    std::vector<lintel_block_request> places_; // one for each request of the depth
    std::vector<std::uint32_t> by_id_;
    std::vector<std::uint32_t> free_places_;
    std::uint32_t next_place_ = 0;
    std::uint64_t sequence_ = 0;
    std::uint64_t random_ = 88172645463325252;
};

int measure(const Load& load)
{
    const std::size_t ram = (std::size_t{load.bytes} * load.depth) + (8 << 20);
    ::alarm(static_cast<unsigned>(load.ramp + load.seconds) + 60); // the backend may never answer
    BlockProcess process{load.backend,
                         {load.image, "--queues=1", "--pool-pages=1024"},
                         ram,
                         std::size_t{queue_pages} * 4096};
    client::BlockGuest front{process.files};
    if (!front.connect(1, order, patience))
        fail("the backend does not connect");
    Guest guest{load, front};
    const auto begin = Clock::now();
    guest.run(begin + std::chrono::duration_cast<Clock::duration>(
                          std::chrono::duration<double>{load.ramp}));
    const auto start = Clock::now();
    const std::uint64_t completed =
        guest.run(start + std::chrono::duration_cast<Clock::duration>(
                              std::chrono::duration<double>{load.seconds}));
    const std::chrono::duration<double> took = Clock::now() - start;
    guest.drain();
    if (!front.close(patience))
        fail("the backend does not close");
    std::printf("{\"operations\":%llu,\"seconds\":%.6f,\"iops\":%.1f}\n",
                static_cast<unsigned long long>(completed), took.count(),
                static_cast<double>(completed) / took.count());
    return 0;
}

} // namespace

int main(int count, char** words)
{
    Load load;
    CLI::App app{"Loads an image through lintel-block; prints one line of JSON.", "bench-block"};
    app.add_option("--backend", load.backend, "lintel-block")->required();
    app.add_option("--image", load.image, "file to load; writes destroy what is in it")->required();
    app.add_flag("--write", load.write, "write instead of reading");
    app.add_flag("--sequential", load.sequential, "from the begin on instead of at random places");
    app.add_flag("--direct", load.direct, "granted pages instead of the pool");
    app.add_option("--block", load.bytes, "bytes of a request")
        ->check(CLI::Range(4096u, LINTEL_BLOCK_LEAST_BYTES))
        ->capture_default_str();
    app.add_option("--depth", load.depth, "requests at a time")
        ->check(CLI::Range(1u, 1u << order))
        ->capture_default_str();
    app.add_option("--seconds", load.seconds, "how long it counts")->capture_default_str();
    CLI11_PARSE(app, count, words);
    if (!load.direct && std::size_t{load.bytes} * load.depth > std::size_t{queue_pages} * 4096)
        fail("more data at a time than the pool has; --direct does without it");
    return measure(load);
}
