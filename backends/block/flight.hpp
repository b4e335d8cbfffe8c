// SPDX-License-Identifier: Apache-2.0
// A request on its way: where its data is, and how much of it is still to be done.
#pragma once

#include <algorithm>
#include <atomic>

#include "block/disk.hpp"
#include "block/throttle.hpp"

namespace lintel::block {

// The references of a listed request, each loaded once from the pool, which the guest can write to.
inline void load_list(std::span<std::byte> pool, const Request& request,
                      std::vector<std::uint32_t>& references)
{
    auto* const list = reinterpret_cast<std::uint32_t*>(pool.data() + request.list);
    references.resize(request.pages);
    for (std::size_t i = 0; i < request.pages; i++)
        references[i] = std::atomic_ref{list[i]}.load(std::memory_order_relaxed);
}

// Leaves of `pieces` what is between `skip` and `skip` + `bytes`.
inline void cut(std::vector<iovec>& pieces, std::size_t skip, std::size_t bytes)
{
    std::size_t kept = 0;
    for (iovec piece : pieces) {
        const std::size_t off = std::min(skip, piece.iov_len);
        skip -= off;
        piece.iov_base = static_cast<std::byte*>(piece.iov_base) + off;
        piece.iov_len = std::min(piece.iov_len - off, bytes);
        bytes -= piece.iov_len;
        if (piece.iov_len > 0)
            pieces[kept++] = piece;
    }
    assert(bytes == 0);
    pieces.resize(kept);
}

template <typename Mapping>
struct Flight {
    Request request;
    std::uint32_t left = 0; // bytes still to be done
    Nanoseconds began = 0;
    std::vector<iovec> pieces; // of what is left
    Mapping mapping;           // of direct requests

    Io io(Token token) const
    {
        return {.operation = request.operation,
                .through = request.through,
                .keep = request.keep,
                .pooled = !request.direct,
                .offset = request.offset + (request.bytes - left),
                .bytes = left,
                .where = request.has_data() ? std::span<const iovec>{pieces}
                                            : std::span<const iovec>{},
                .token = token};
    }
};

} // namespace lintel::block
