// SPDX-License-Identifier: Apache-2.0
// What a queue needs around it: a disk that carries out I/O, and a guest whose pages it can reach.
// Both are concepts, so that tests can do without a kernel that has io_uring.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sys/uio.h>

#include "block/request.hpp"

namespace lintel::block {

// Names an I/O in the whole process: a queue, and one of its flights.
struct Token {
    std::uint32_t queue;
    std::uint32_t flight;
    bool operator==(const Token&) const = default;
};

struct Io {
    Operation operation;
    bool through; // stable when finished
    bool keep;    // of zeroes: the space stays allocated
    bool pooled;  // `where` is one piece of the pool of the token's queue
    std::uint64_t offset;
    std::uint32_t bytes;
    std::span<const iovec> where; // of `bytes` together, valid until it is finished
    Token token;
};

// Begins it; its result comes to the queue by Queue::finished(), later and never from within
// start(): a negative errno value, or as many bytes as were done (without data: zero).
template <typename D>
concept Disk = requires(D& disk, const Io& io)
{
    disk.start(io);
};

// Makes granted pages accessible: appends them, in order, to a list of pieces, or says that one is
// not granted so. A mapping lets go of them when it ends.
template <typename G>
concept GuestPages = std::movable<typename G::Mapping> &&
    std::default_initializable<typename G::Mapping> &&
    requires(G& guest, std::span<const std::uint32_t> references, bool writable,
             std::vector<iovec>& pieces)
{
    {
        guest.map(references, writable, pieces)
        } -> std::same_as<std::optional<typename G::Mapping>>;
};

} // namespace lintel::block
