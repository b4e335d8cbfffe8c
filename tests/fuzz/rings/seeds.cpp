// SPDX-License-Identifier: Apache-2.0
// Inputs in which the peer is honest at first.
#include "fuzz/seeds.hpp"

namespace lintel::fuzz {

namespace {

// A shape and a first index, then steps with three accesses each that nobody disturbs.
ByteBuilder script(std::uint8_t shape, std::uint32_t first)
{
    ByteBuilder bytes;
    bytes.add(shape).add(first).zeros(2); // attaching reads two words
    for (const int action : {5, 5, 2, 3, 4, 5, 2, 5, 5, 5, 0, 5, 2})
        bytes.add(static_cast<std::uint8_t>(action)).zeros(3);
    return bytes;
}

} // namespace

void add_ring_seeds(const Seeds& seeds)
{
    seeds.add("rings", "producer", script(0x08 | 2, 0));
    seeds.add("rings", "producer-wraps", script(0x18 | 1, 0xffff'fffe));
    seeds.add("rings", "consumer", script(0x20 | 3, 7));
    seeds.add("rings", "consumer-wraps", script(0x00, 0xffff'ffff));
}

} // namespace lintel::fuzz
