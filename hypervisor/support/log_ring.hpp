// SPDX-License-Identifier: Apache-2.0
// The log: the newest lines, in a ring of bytes the caller owns. Appending never fails and never
// waits; the oldest text makes room. Readers keep their own position and learn what they missed.
//
// Takes no lock: its user serialises calls. A panic may append without the lock; the worst that
// comes of it is garbled text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "support/assert.hpp"
#include "support/log_level.hpp"

namespace lintel {

class LogRing {
public:
    constexpr explicit LogRing(std::span<char> storage) : storage_{storage}
    {
        assert(!storage.empty());
    }

    // Adds "(lintel) [    1.234567] info: text\n". Control characters in `text` become '?', so
    // that nobody's text can look like a second line or drive a terminal.
    void append(LogLevel level, std::uint64_t time_ns, std::string_view text);

    struct Read {
        std::size_t copied; // bytes stored in `out`
        std::uint64_t lost; // bytes overwritten before this reader came for them
    };
    // Copies what follows `cursor` and moves it on. A reader that wants everything starts at 0.
    Read read(std::uint64_t& cursor, std::span<char> out) const;

    // The position after the newest byte: bytes appended since start, never wraps in practice.
    std::uint64_t end() const { return end_; }

private:
    void put(std::string_view text);

    std::span<char> storage_;
    std::uint64_t end_ = 0;
};

} // namespace lintel
