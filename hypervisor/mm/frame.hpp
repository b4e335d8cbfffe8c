// SPDX-License-Identifier: Apache-2.0
// Frame numbers and addresses of the two physical spaces, as types that do not convert to each
// other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace lintel {

inline constexpr unsigned page_shift = 12;
inline constexpr std::uint64_t page_size = 1ull << page_shift;

template <typename Space>
struct Frame {
    std::uint64_t number = 0;

    constexpr auto operator<=>(const Frame&) const = default;
    constexpr Frame operator+(std::uint64_t frames) const { return {number + frames}; }
    constexpr std::uint64_t operator-(Frame other) const { return number - other.number; }
    constexpr std::uint64_t address() const { return number << page_shift; }
    static constexpr Frame of(std::uint64_t address) { return {address >> page_shift}; }
};

struct MachineSpace;
struct GuestSpace;
using Mfn = Frame<MachineSpace>; // a frame of the machine's memory
using Gfn = Frame<GuestSpace>;   // a frame of one domain's guest-physical space

// Frames [first, first + count) of one space.
template <typename F>
struct FrameRange {
    F first;
    std::uint64_t count = 0;

    constexpr F end() const { return first + count; }
    constexpr bool contains(F frame) const { return frame >= first && frame < end(); }
    constexpr bool overlaps(FrameRange other) const
    {
        return first < other.end() && other.first < end();
    }
    constexpr bool operator==(const FrameRange&) const = default;
};
using MfnRange = FrameRange<Mfn>;
using GfnRange = FrameRange<Gfn>;

constexpr std::uint64_t pages_for(std::uint64_t bytes)
{
    return (bytes >> page_shift) + (bytes % page_size != 0); // never wraps
}

} // namespace lintel
