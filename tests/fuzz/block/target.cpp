// SPDX-License-Identifier: Apache-2.0
// A disk's queue with a frontend that writes anything into rings, pool and page list at any time,
// and a disk whose I/O ends in any order and in any way. Contract: docs/abi/block.md.
#include <cstring>
#include <map>

#include "block/queue.hpp"
#include "client/loopback.hpp"
#include "fakes/counted_mapping.hpp"
#include "fakes/ring_start.hpp"
#include "fuzz/input.hpp"
#include "fuzz/require.hpp"

namespace lintel::fuzz {
namespace {

using namespace block;

constexpr std::uint32_t pool_pages = 4;
constexpr std::uint64_t disk_bytes = 1 << 20;
constexpr std::uint32_t granted_pages = 12; // references 0 to 7 can be written, the others read

struct Guest {
    using Mapping = CountedMapping;

    std::optional<Mapping> map(std::span<const std::uint32_t> references, bool writable,
                               std::vector<iovec>& pieces)
    {
        for (const std::uint32_t reference : references) {
            if (reference >= (writable ? 8 : granted_pages))
                return std::nullopt;
            pieces.push_back({ram.bytes().data() + reference * page_bytes, page_bytes});
        }
        return Mapping{&mapped};
    }
    client::LoopbackMemory ram{granted_pages};
    int mapped = 0;
};

// Accepts what can be done on this disk, and nothing else.
struct Checked {
    void start(const Io& io)
    {
        REQUIRE(io.offset % sector == 0 && io.bytes % sector == 0);
        REQUIRE(io.offset <= disk_bytes && io.bytes <= disk_bytes - io.offset);
        REQUIRE(
            !(read_only && io.operation != Operation::read && io.operation != Operation::flush));
        const bool data = io.operation == Operation::read || io.operation == Operation::write;
        REQUIRE(data == (io.bytes > 0 && !erases(io.operation)));
        std::size_t bytes = 0;
        for (const iovec& piece : io.where) {
            REQUIRE(piece.iov_len > 0 && inside(io, piece));
            bytes += piece.iov_len;
            // As the device would: the sanitizer sees a place that is none.
            if (io.operation == Operation::read)
                std::memset(piece.iov_base, 0xa5, piece.iov_len);
        }
        REQUIRE(bytes == (data ? io.bytes : 0) || erases(io.operation));
        REQUIRE(under_way.size() < most && under_way.emplace(io.token.flight, io).second);
    }
    static bool erases(Operation operation)
    {
        return operation == Operation::discard || operation == Operation::zeroes;
    }
    bool inside(const Io& io, const iovec& piece) const
    {
        const auto area = io.pooled ? pool : ram;
        const auto* const at = static_cast<std::byte*>(piece.iov_base);
        return at >= area.data() && piece.iov_len <= area.size() &&
               at + piece.iov_len <= area.data() + area.size();
    }

    std::uint32_t sector;
    bool read_only;
    std::size_t most;
    std::span<std::byte> pool, ram;
    std::map<std::uint32_t, Io> under_way{}; // by flight
};

class Run {
public:
    Run(Input& input, std::uint32_t order, std::uint32_t sector, bool read_only,
        std::uint8_t features)
        : input_{input},
          order_{order},
          disk_{sector, read_only, std::size_t{1} << order, pool_.bytes(), guest_.ram.bytes()},
          rules_{{.bytes = disk_bytes,
                  .flags = read_only ? LINTEL_BLOCK_READ_ONLY : 0,
                  .sector_bytes = sector,
                  .most_bytes = LINTEL_BLOCK_LEAST_BYTES,
                  .most_pages = 257,
                  .most_erased = 1 << 19,
                  .erase_bytes = 4096,
                  .direct_bytes = 0,
                  .pool_pages = pool_pages,
                  .pool_list = {},
                  .reserved = {}},
                 features},
          queue_{0,
                 {submission_.bytes(), completion_.bytes(), pool_.bytes()},
                 order,
                 rules_,
                 {disk_, guest_, throttle_, statistics_},
                 [] {}}
    {
    }

    void go()
    {
        while (!input_.over())
            act(input_.byte());
        // Whatever was, all that is under way can end, and nothing stays mapped.
        while (!disk_.under_way.empty())
            finish(0, 2);
        queue_.say_rest();
        REQUIRE(guest_.mapped == 0 && queue_.in_flight() == 0);
    }

private:
    void act(std::uint8_t what)
    {
        switch (what % 8) {
        case 0:
        case 1:
            put_request();
            break;
        case 2:
            serve();
            break;
        case 3:
            if (!disk_.under_way.empty())
                finish(input_.byte(), input_.byte());
            break;
        case 4: // all completions are read
            completions().consumed = completions().produced;
            break;
        case 5:
            scribble(submission_.bytes());
            break;
        case 6:
            scribble(input_.byte() % 2 == 0 ? completion_.bytes() : pool_.bytes());
            break;
        default:
            lie();
        }
    }
    // A slot of which most fields make sense.
    void put_request()
    {
        if (next_ - submissions().consumed >= 1u << order_)
            return;
        lintel_block_request slot{};
        slot.operation = input_.byte() % 6;
        slot.flags = input_.byte() % 9;
        slot.pages = input_.byte() % 16;
        slot.id = input_.byte();
        slot.offset = std::uint64_t{input_.byte()} * 4096 + input_.byte() % 8 * 512;
        slot.bytes = (input_.byte() % 32) * 512u;
        slot.place = (input_.byte() % 36) * 512u;
        for (std::uint32_t& page : slot.page)
            page = input_.byte() % 14;
        if (slot.pages <= LINTEL_BLOCK_INLINE_PAGES)
            std::fill(std::begin(slot.page) + slot.pages, std::end(slot.page), 0u);
        else
            std::fill(std::begin(slot.page), std::end(slot.page), 0u);
        slot.list = slot.pages > LINTEL_BLOCK_INLINE_PAGES ? input_.byte() * 64u : 0;
        slot.lap = static_cast<std::uint16_t>((next_ >> order_) + 1);
        std::memcpy(submission_.bytes().data() + LINTEL_RING_HEADER +
                        (next_ & ((1u << order_) - 1)) * sizeof slot,
                    &slot, sizeof slot);
        next_++;
    }
    // A slot of a lap near the one that it should have, or far from it.
    void lie()
    {
        const std::uint32_t index = next_ + input_.byte();
        const std::uint16_t lap = input_.byte() % 4 == 0
                                      ? static_cast<std::uint16_t>(input_.word())
                                      : static_cast<std::uint16_t>(input_.byte() % 4);
        const std::uint32_t real = (next_ >> order_) + lap;
        set_lap(submission_.bytes().data(), sizeof(lintel_block_request), order_, index,
                std::uint64_t{static_cast<std::uint16_t>(real)} << LINTEL_RING_LAP_SHIFT);
    }
    void scribble(std::span<std::byte> memory)
    {
        const std::size_t at =
            input_.byte() % 2 == 0 ? input_.byte() : input_.word() % memory.size();
        memory[at] = static_cast<std::byte>(input_.byte());
    }
    void serve()
    {
        const bool was_broken = queue_.broken();
        const std::uint32_t said = completions().produced;
        const Turn turn = queue_.serve(0);
        REQUIRE(!was_broken || turn == Turn::broken);
        REQUIRE(!was_broken || completions().produced == said);
        REQUIRE(queue_.in_flight() <= std::size_t{1} << order_);
        REQUIRE(disk_.under_way.size() == queue_.in_flight());
        REQUIRE(guest_.mapped <= static_cast<int>(queue_.in_flight()));
    }
    void finish(std::uint8_t which, std::uint8_t how)
    {
        auto at = disk_.under_way.begin();
        std::advance(at, which % disk_.under_way.size());
        const Io io = at->second;
        disk_.under_way.erase(at);
        const bool data = io.operation == Operation::read || io.operation == Operation::write;
        constexpr int errors[] = {EIO, ENOSPC, EOPNOTSUPP, EROFS};
        int result = data ? static_cast<int>(io.bytes) : 0;
        if (how % 4 == 0)
            result = -errors[how / 4 % 4];
        else if (how % 4 == 1 && data) // part of it, or of a sector
            result = static_cast<int>(how % 8 == 1 ? io.bytes / 1024 * 512 : how % io.bytes);
        queue_.finished(io.token.flight, result, 0);
        REQUIRE(disk_.under_way.size() == queue_.in_flight());
    }
    lintel_ring& submissions()
    {
        return *reinterpret_cast<lintel_ring*>(submission_.bytes().data());
    }
    lintel_ring& completions()
    {
        return *reinterpret_cast<lintel_ring*>(completion_.bytes().data());
    }

    Input& input_;
    std::uint32_t order_;
    std::uint32_t next_ = 0; // index of the next request
    client::LoopbackMemory submission_{1}, completion_{1}, pool_{pool_pages};
    Guest guest_;
    Checked disk_;
    Throttle throttle_;
    Statistics statistics_;
    Rules rules_;
    Queue<Checked, Guest, void (*)()> queue_;
};

} // namespace
} // namespace lintel::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    lintel::fuzz::Input input{{data, size}};
    const std::uint8_t shape = input.byte();
    lintel::fuzz::Run{input, shape % 5u, shape & 8 ? 4096u : 512u, (shape & 16) != 0,
                      static_cast<std::uint8_t>(~input.byte() & 0xf)}
        .go();
    return 0;
}
