// SPDX-License-Identifier: Apache-2.0
// The cache of CPUID answers: gives back what was stored under the same leaf and subleaf, or
// nothing.
#include "domain/cpuid_cache.hpp"

#include <random>

#include <gtest/gtest.h>

namespace lintel {
namespace {

// An answer that tells which question it belongs to.
CpuidLeaf answer(std::uint32_t leaf, std::uint32_t subleaf)
{
    return {leaf, subleaf, ~leaf, ~subleaf};
}

TEST(CpuidCache, new_one_knows_nothing_not_even_leaf_zero)
{
    EXPECT_EQ(CpuidCache{}.find(0, 0), nullptr);
}

TEST(CpuidCache, stored_answer_is_found_under_its_own_question_only)
{
    CpuidCache cache;
    cache.store(0xd, 1, answer(0xd, 1));
    ASSERT_NE(cache.find(0xd, 1), nullptr);
    EXPECT_EQ(*cache.find(0xd, 1), answer(0xd, 1));
    EXPECT_EQ(cache.find(0xd, 0), nullptr);
    EXPECT_EQ(cache.find(0x8000'000d, 1), nullptr);
}

// Bits of leaves 1 and 7 follow CR4, which changes without an exit.
TEST(CpuidCache, leaves_that_mirror_cr4_are_never_kept)
{
    CpuidCache cache;
    for (const std::uint32_t leaf : {1u, 7u})
        for (const std::uint32_t subleaf : {0u, 1u, 2u}) {
            cache.store(leaf, subleaf, answer(leaf, subleaf));
            EXPECT_EQ(cache.find(leaf, subleaf), nullptr);
        }
}

TEST(CpuidCache, forgetting_empties_it)
{
    CpuidCache cache;
    cache.store(0xd, 0, answer(0xd, 0));
    cache.forget();
    EXPECT_EQ(cache.find(0xd, 0), nullptr);
}

TEST(CpuidCache, what_a_program_asks_at_its_start_fits_side_by_side)
{
    CpuidCache cache;
    const std::pair<std::uint32_t, std::uint32_t> asked[] = {
        {0, 0}, {2, 0}, {4, 0}, {4, 1}, {4, 2}, {4, 3}, {0xd, 0}, {0xd, 1}, {0x8000'0000, 0}};
    for (const auto& [leaf, subleaf] : asked)
        cache.store(leaf, subleaf, answer(leaf, subleaf));
    for (const auto& [leaf, subleaf] : asked)
        EXPECT_NE(cache.find(leaf, subleaf), nullptr) << std::hex << leaf << "." << subleaf;
}

TEST(CpuidCache, questions_that_share_a_place_never_get_each_others_answers)
{
    std::mt19937 random{7};
    CpuidCache cache;
    unsigned hits = 0;
    for (int round = 0; round < 100'000; ++round) {
        const std::uint32_t leaf = random() % 64 + (random() % 2 == 0 ? 0x8000'0000 : 0);
        const std::uint32_t subleaf = random() % 4 == 0 ? random() : random() % 8;
        if (const CpuidLeaf* found = cache.find(leaf, subleaf)) {
            ++hits;
            ASSERT_EQ(*found, answer(leaf, subleaf));
        }
        cache.store(leaf, subleaf, answer(leaf, subleaf));
    }
    EXPECT_GT(hits, 0u);
}

} // namespace
} // namespace lintel
