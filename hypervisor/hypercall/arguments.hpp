// SPDX-License-Identifier: Apache-2.0
// Arguments of a hypercall in the order of the ABI: RDI, RSI, RDX, R10, R8.
#pragma once

#include <array>
#include <cstdint>

#include "support/result.hpp"

namespace lintel {

using HypercallArguments = std::array<std::uint64_t, 5>;

// Every call has a flags argument, mostly without a defined flag: unknown bits stay free for later.
inline Result<> no_flags(std::uint64_t flags)
{
    if (flags != 0)
        return Error::bad_argument;
    return {};
}

// Structures that are passed by address are aligned.
inline Result<> aligned(std::uint64_t address)
{
    if (address % 8 != 0)
        return Error::bad_argument;
    return {};
}

// A 32-bit quantity in a 64-bit register: the upper half must be clear, not ignored. `beyond` is
// what a larger value means: that an object of this number does not exist, or that the argument has
// no meaning.
inline Result<std::uint32_t> narrow(std::uint64_t value, Error beyond)
{
    if (value >> 32 != 0)
        return beyond;
    return static_cast<std::uint32_t>(value);
}

} // namespace lintel
