// SPDX-License-Identifier: Apache-2.0
// The log ring: positions run freely, a byte lives at its position modulo the ring's size.
#include "support/log_ring.hpp"

#include <array>

#include "support/assert.hpp"
#include "support/format.hpp"

namespace lintel {
namespace {

constexpr bool is_control(char character)
{
    const auto code = static_cast<unsigned char>(character);
    return code < 0x20 || code == 0x7f;
}

} // namespace

void LogRing::append(LogLevel level, std::uint64_t time_ns, std::string_view text)
{
    const std::uint64_t microseconds = time_ns / 1000;
    std::array<char, 64> prefix;
    put(format(prefix, "(lintel) [{:5}.{:06}] {}: ", microseconds / 1'000'000,
               microseconds % 1'000'000, name(level)));
    put(text);
    storage_[end_++ % storage_.size()] = '\n';
}

void LogRing::put(std::string_view text)
{
    for (const char character : text)
        storage_[end_++ % storage_.size()] = is_control(character) ? '?' : character;
}

LogRing::Read LogRing::read(std::uint64_t& cursor, std::span<char> out) const
{
    const std::uint64_t oldest = end_ > storage_.size() ? end_ - storage_.size() : 0;
    Read result{0, 0};
    if (cursor < oldest) {
        result.lost = oldest - cursor;
        cursor = oldest;
    }
    while (cursor < end_ && result.copied < out.size())
        out[result.copied++] = storage_[cursor++ % storage_.size()];
    return result;
}

} // namespace lintel
