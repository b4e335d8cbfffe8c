// SPDX-License-Identifier: Apache-2.0
// Numbers that follow from a seed alone, on every machine and with every library.
#pragma once

#include <cstdint>

namespace vmrandom {

constexpr std::uint64_t
mix(std::uint64_t value) // each bit of the result depends on all of the value
{
    value = (value ^ value >> 30) * 0xbf58'476d'1ce4'e5b9;
    value = (value ^ value >> 27) * 0x94d0'49bb'1331'11eb;
    return value ^ value >> 31;
}

class Random {
public:
    constexpr explicit Random(std::uint64_t seed) : state_{mix(seed)} {}

    constexpr std::uint64_t next() { return mix(state_ += 0x9e37'79b9'7f4a'7c15); }

    constexpr std::uint32_t below(std::uint32_t limit) // limit > 0
    {
        return static_cast<std::uint32_t>((next() >> 32) * limit >> 32);
    }

    constexpr std::uint32_t between(std::uint32_t low, std::uint32_t high) // both are possible
    {
        return low + below(high - low + 1);
    }

    constexpr bool chance(unsigned percent) { return below(100) < percent; }

private:
    std::uint64_t state_;
};

// What was done and seen, in order, as one number.
class Digest {
public:
    constexpr void add(std::uint64_t value) { value_ = mix(value_ ^ value) + value; }
    constexpr std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 1;
};

} // namespace vmrandom
