// SPDX-License-Identifier: Apache-2.0
// What an honest kernel asks for, as run.hpp takes it from its input.
#include <initializer_list>

#include "fuzz/seeds.hpp"

namespace lintel::fuzz {

namespace {

ByteBuilder bytes(std::initializer_list<int> values)
{
    ByteBuilder all;
    for (const int value : values)
        all.add(static_cast<std::uint8_t>(value));
    return all;
}

// Pages of the pool, as page() takes them; spare ones from 5 on.
constexpr int pdpt = 2, pd = 3, pt = 4, spare = 6;

} // namespace

void add_sealed_seeds(const Seeds& seeds)
{
    // One entry of the page table: text, then a process's page, then cleared.
    seeds.add("sealed", "exchange", bytes({1, 70, pt, 4, 0, 0, 5,     // frame 301
                                           1, 70, pt, 4, 0x13, 1, 90, // W, U, NX
                                           1, 70, pt, 0}));
    // A page gets each level and is entered from the level above; a pair of roots; the root is loaded.
    seeds.add("sealed", "build",
              bytes({4, 4, 0, spare, 0, 0, spare + 2, 1, 0, spare + 3, 2, 1, spare + 4, 1,
                     4, 3, 6, 70, pd, 2, spare, 6, 70, pdpt, 2, spare + 2, 2, spare + 4}));
    // A run of entries is filled, loses its right to be written, and goes.
    seeds.add("sealed", "change", bytes({4, 3, 4, 100, pt, 40, 4, 0x13, 1, 90,
                                         4 + 32, 100, pt, 40, 1, 0x42, 0, 0, 0, 0, 0, 0, 0, 0,
                                         4, 100, pt, 40, 0}));
    // Plain pages are claimed, donated and given a level; others are claimed and let go.
    seeds.add("sealed", "donate", bytes({0, 0, 13, 1, 0, 1, 13, 1, 4, 1, 0, 14, 0,
                                         0, 0, 15, 0, 0, 2, 15, 0}));
    // A page table is withdrawn: in vain, as it is in use, and again once its parent's entry is clear.
    seeds.add("sealed", "withdraw", bytes({3, 0, pt, 0, 3, 2, 1, 6, pd, 0, 3, 2, 3, 3,
                                           3, 0, spare, 1, 3, 1, 9, 3, 2, 3, 3}));
    // A page table that commands know is withdrawn, comes back as another, and is changed as what it was.
    seeds.add("sealed", "return", bytes({1, 70, spare, 0, 4, 1, 0, spare, 0, 1, 70, spare, 0, 3, 0, spare, 0,
                                         3, 2, 3, 3, 0, 0, 13, 1, 0, 1, 13, 1, 4, 1, 0, spare, 1,
                                         1, 70, spare, 4, 0x13, 1, 90, 4, 1, 5, 70, spare, 1, 0, 0}));
    // Rights go, by ones and twos, from a process's page.
    seeds.add("sealed", "rights", bytes({1, 70, pt, 4, 0x13, 1, 90, 4, 2, 229, 70, pt, 1, 0x61, 0x33,
                                         229, 70, pt, 1, 0xff, 0x99}));
    // A large leaf of text and one of 1 GiB of another domain's.
    seeds.add("sealed", "large", bytes({1, 80, pd, 4, 0x04, 5, 1, 1, 80, pdpt, 4, 0x17, 6, 1}));
}

} // namespace lintel::fuzz
