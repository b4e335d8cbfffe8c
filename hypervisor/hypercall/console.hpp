// SPDX-License-Identifier: Apache-2.0
// console_write(gpa, bytes, flags) and console_read(gpa, bytes, flags): the console that the
// machine's operator sees, and dom0 has. Contract: docs/abi/console.md.
#pragma once

#include <cstddef>
#include <span>

#include <lintel/hypercall.h>

#include "domain/guest_memory.hpp"
#include "hypercall/arguments.hpp"

namespace lintel {

// Copied in pieces of this size, so that no large buffer stands on the hypervisor's stack.
inline constexpr std::size_t console_piece = 128;

template <typename Caller>
Result<std::uint64_t> hypercall_console_write(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    const auto [address, bytes, flags, unused, unused2] = in;
    TRY(no_flags(flags));
    if (bytes > LINTEL_CONSOLE_BYTES)
        return Error::bad_argument;
    TRY(caller.memory().check(address, bytes));
    for (std::uint64_t done = 0; done < bytes;) {
        std::array<std::byte, console_piece> piece;
        const std::size_t n = bytes - done < piece.size() ? bytes - done : piece.size();
        const auto read = caller.memory().read(address + done, std::span{piece}.first(n));
        if (!read.ok() && done == 0)
            return read.error();
        if (!read.ok()) // another vCPU has just given the page back; what was written stands
            return done;
        const std::size_t taken = caller.console_write(std::span{piece}.first(n));
        done += taken;
        if (taken < n) // the line is slow: the guest asks again, and takes its interrupts meanwhile
            return done;
    }
    return bytes;
}

template <typename Caller>
Result<std::uint64_t> hypercall_console_read(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    const auto [address, bytes, flags, unused, unused2] = in;
    TRY(no_flags(flags));
    if (bytes > LINTEL_CONSOLE_BYTES)
        return Error::bad_argument;
    TRY(caller.memory().check(address, bytes));
    std::array<std::byte, console_piece> piece;
    const std::size_t most = bytes < piece.size() ? bytes : piece.size();
    auto room = TRY(caller.memory().room(address, most)); // before a byte is taken
    const std::size_t n = caller.console_read(std::span{piece}.first(most));
    room.store(std::span{piece}.first(n));
    return std::uint64_t{n};
}

} // namespace lintel
