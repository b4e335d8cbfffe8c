// SPDX-License-Identifier: Apache-2.0
// Arrays in memory that others can write meanwhile.
#include "hypercall/elements.hpp"

#include <array>
#include <cstring>

#include <gtest/gtest.h>

namespace lintel {
namespace {

struct Pair {
    std::uint32_t input, answer;
};

struct Shared {
    std::array<Pair, 3>& pairs;

    std::byte* at(std::size_t offset) { return reinterpret_cast<std::byte*>(pairs.data()) + offset; }
    void load(std::span<std::byte> out, std::size_t from)
    {
        std::memcpy(out.data(), at(from), out.size());
    }
    void store(std::span<const std::byte> in, std::size_t to)
    {
        std::memcpy(at(to), in.data(), in.size());
    }
};

std::uint64_t each(std::array<Pair, 3>& pairs, std::uint64_t count, auto act)
{
    Elements<Shared> elements{{pairs}, count};
    return each_element<Pair, offsetof(Pair, answer)>(elements, act);
}

TEST(Elements, only_answers_are_stored)
{
    std::array<Pair, 3> pairs{{{1, 0}, {2, 0}, {3, 0}}};
    EXPECT_EQ(each(pairs, 3,
                   [&](Pair& pair) {
                       pairs[pair.input - 1].input = 9; // another vCPU's
                       pair.answer = 10 * pair.input;
                       return true;
                   }),
              3u);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQ(pairs[i].input, 9u);
        EXPECT_EQ(pairs[i].answer, 10 * (i + 1));
    }
}

TEST(Elements, the_last_one_that_was_done_has_its_answer)
{
    std::array<Pair, 3> pairs{{{1, 0}, {2, 0}, {3, 0}}};
    EXPECT_EQ(each(pairs, 3, [](Pair& pair) { return pair.answer = 7, pair.input != 2; }), 2u);
    EXPECT_EQ(pairs[1].answer, 7u);
    EXPECT_EQ(pairs[2].answer, 0u);
}

} // namespace
} // namespace lintel
