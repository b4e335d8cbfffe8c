// SPDX-License-Identifier: Apache-2.0
// log_read(position, gpa, bytes, flags): the hypervisor's log, for dom0. Contract:
// docs/abi/domains.md#log_read.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <lintel/domain.h>

#include "hypercall/arguments.hpp"
#include "mm/frame.hpp"

namespace lintel {

inline constexpr std::uint64_t log_read_bytes = page_size; // the longest buffer

template <typename Caller>
Result<std::uint64_t> hypercall_log_read(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    const auto [position, address, bytes, flags, unused] = in;
    TRY(no_flags(flags));
    TRY(aligned(address));
    if (bytes <= sizeof(lintel_log_chunk) || bytes > log_read_bytes || position > caller.log_end())
        return Error::bad_argument;
    auto room = TRY(caller.memory().room(address, bytes));

    lintel_log_chunk chunk{position, 0};
    std::uint64_t cursor = position, done = sizeof chunk;
    while (done < bytes) { // in pieces, so that no large buffer stands on the hypervisor's stack
        std::array<char, 128> piece;
        const std::uint64_t left = bytes - done;
        const auto read =
            caller.log_read(cursor, std::span{piece}.first(left < piece.size() ? left : piece.size()));
        if (done == sizeof chunk)
            chunk.position = cursor - read.copied;
        else if (read.lost != 0)
            break; // what was overwritten meanwhile leaves no gap in the text
        if (read.copied == 0)
            break;
        room.store(std::as_bytes(std::span{piece}.first(read.copied)), done);
        done += read.copied;
    }
    chunk.end = caller.log_end();
    room.store(std::as_bytes(std::span{&chunk, 1}));
    return done;
}

} // namespace lintel
