// SPDX-License-Identifier: Apache-2.0
// Bounded reads from bytes somebody else wrote: firmware tables, boot loader records, ELF files.
// A read that does not fit is an error, never an access outside the span.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "support/result.hpp"

namespace lintel {

using Bytes = std::span<const std::byte>;

// The object of type T at `offset`, copied out (the source may be unaligned).
template <typename T>
requires std::is_trivially_copyable_v<T> Result<T> read_at(Bytes bytes, std::uint64_t offset)
{
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        return Error::bad_argument;
    T value;
    __builtin_memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

inline Result<Bytes> slice(Bytes bytes, std::uint64_t offset, std::uint64_t size)
{
    if (offset > bytes.size() || bytes.size() - offset < size)
        return Error::bad_argument;
    return bytes.subspan(offset, size);
}

} // namespace lintel
