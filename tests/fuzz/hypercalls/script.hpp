// SPDX-License-Identifier: Apache-2.0
// How the bytes of an input become what a domain does: one table for the target, which reads it,
// and for the seeds, which write it. Any bytes mean something.
#pragma once

#include <array>
#include <cstdint>

#include "support/span_reader.hpp"

namespace lintel::fuzz {

// The kinds of steps, by a byte modulo their number.
enum class Step : std::uint8_t {
    call,
    another_call,
    one_more_call, // most steps are calls
    store,         // a guest writes a word of RAM
    scribble,      // the guest writes a word of the shared page
    take_upcall,   // the guest acknowledges, as docs/abi/events.md says
    raise,         // a virtual interrupt, or one of a device
    type,          // somebody types on the console
    grant,         // the guest writes an entry of its grant table
};
inline constexpr unsigned steps = 9;

// Which values a byte stands for. What follows is a run of selectors up to the next of these.
namespace selector {
inline constexpr std::uint8_t small = 0x00;    // the byte itself
inline constexpr std::uint8_t address = 0x40;  // a place in RAM or at its border
inline constexpr std::uint8_t boundary = 0x78; // a value at a border of some width or limit
inline constexpr std::uint8_t result = 0xb0;   // what an earlier call returned
inline constexpr std::uint8_t raw = 0xc0;      // the eight bytes that follow
} // namespace selector

// vCPUs from here on are the second domain's.
inline constexpr std::uint8_t second_domain = 0x80;
// Numbers of hypercalls from here on are values of their own, to get ones that do not exist.
inline constexpr std::uint8_t number_is_a_value = 0x40;
// A byte below gives the flags of a call as zero: calls that get past them are worth more.
inline constexpr std::uint8_t flags_are_a_value = 0xe0;

// Reads on to the end, and zeros from there.
class Script {
public:
    explicit Script(Bytes bytes) : bytes_{bytes} {}
    bool more() const { return !bytes_.empty(); }
    std::uint8_t byte();
    std::uint64_t value();
    // What `result` selectors will give.
    void remember(std::int64_t result);

private:
    std::uint64_t word();

    Bytes bytes_;
    std::array<std::uint64_t, 8> results_{};
    std::size_t remembered_ = 0;
};

} // namespace lintel::fuzz
