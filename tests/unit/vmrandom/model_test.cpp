// SPDX-License-Identifier: Apache-2.0
// vmrandom's model, held against a memory manager that was written apart from it: both agree about
// every page of a long run, and each fault planted in the memory is found.
#include "vmrandom/run.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "planted_memory.hpp"

namespace vmrandom {
namespace {

constexpr Settings settings{.pages = 1200}; // with room for two huge pages

struct Ending {
    std::uint64_t digest = 0;
    std::optional<std::string> failure;
};

Ending ending(Planted planted, std::uint64_t seed, unsigned operations)
{
    PlantedMemory memory{settings.pages, planted};
    State<PlantedMemory> state{memory, settings, seed};
    try {
        prepare(state);
        run(state, operations);
    } catch (const Failure& failure) {
        return {0, failure.what()};
    }
    return {state.digest.value(), {}};
}

class RandomMemory : public testing::TestWithParam<unsigned> {};

TEST_P(RandomMemory, model_and_memory_agree_and_the_digest_follows_from_the_seed)
{
    const Ending one = ending(Planted::nothing, GetParam(), 300);
    EXPECT_EQ(one.failure, std::nullopt) << *one.failure;
    const Ending another = ending(Planted::nothing, GetParam() + 1000, 300);
    EXPECT_NE(one.digest, another.digest);
}

INSTANTIATE_TEST_SUITE_P(seeds, RandomMemory, testing::Range(1u, 5u));

TEST(RandomMemory, digest_is_the_same_for_the_same_seed)
{
    EXPECT_EQ(ending(Planted::nothing, 7, 200).digest, ending(Planted::nothing, 7, 200).digest);
}

class PlantedFault : public testing::TestWithParam<int> {};

TEST_P(PlantedFault, is_found_and_the_operation_named)
{
    for (unsigned seed = 1; seed <= 4; seed++)
        if (const Ending end = ending(static_cast<Planted>(GetParam()), seed, 1500); end.failure) {
            EXPECT_NE(end.failure->find("generation "), std::string::npos) << *end.failure;
            EXPECT_NE(end.failure->find("operation "), std::string::npos) << *end.failure;
            return;
        }
    FAIL() << "nobody noticed";
}

INSTANTIATE_TEST_SUITE_P(all, PlantedFault,
                         testing::Range(static_cast<int>(Planted::nothing) + 1,
                                        static_cast<int>(Planted::last)));

} // namespace
} // namespace vmrandom
