// SPDX-License-Identifier: Apache-2.0
// No wake-up is lost, whatever the order in which two processors get on.
//
// In no interleaving may both ends be stuck, an item be lost, doubled or torn, or an end take the
// other's index for impossible. The same with a step of the header left out must find the fault: so
// the search is known to look at the right things.
#include "unit/pvabi/ring_search.hpp"

#include <gtest/gtest.h>

namespace lintel::ring_model {
namespace {

class AllInterleavings : public testing::TestWithParam<Scenario> {};

TEST_P(AllInterleavings, every_item_arrives_and_nobody_sleeps_for_ever)
{
    for (const Ordering ordering : {Ordering::total, Ordering::partial}) {
        Scenario scenario = GetParam();
        scenario.ordering = ordering;
        Search search{scenario};
        EXPECT_EQ(search.run(), Outcome::good);
        EXPECT_GT(search.states(), 300u);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Ring, AllInterleavings,
    testing::Values(Scenario{.order = 0, .items = 2}, Scenario{.order = 0, .items = 4},
                    Scenario{.order = 1, .items = 4}, Scenario{.order = 1, .room = 2},
                    Scenario{.order = 1, .wanted = 2},
                    Scenario{.order = 1, .items = 4, .room = 2, .wanted = 2},
                    Scenario{.order = 1, .items = 4, .producer_batch = 2},
                    Scenario{.order = 1, .items = 4, .producer_batch = 2, .consumer_batch = 2}));

class Mutants : public testing::TestWithParam<Mutation> {};

// One slot, so that both ends come to wait.
TEST_P(Mutants, both_ends_get_stuck)
{
    Search search{{.order = 0, .mutation = GetParam()}};
    EXPECT_EQ(search.run(), Outcome::stuck);
}

INSTANTIATE_TEST_SUITE_P(
    Ring, Mutants,
    testing::Values(Mutation::no_barrier_in_publish, Mutation::no_barrier_in_release,
                    Mutation::no_barrier_in_await_room, Mutation::no_barrier_in_await_items,
                    Mutation::no_second_look_in_await_room, Mutation::no_second_look_in_await_items,
                    Mutation::wish_one_slot_late));

TEST(Mutant, lap_that_overtakes_its_slot_shows_an_item_that_is_not_there)
{
    Search search{{.ordering = Ordering::partial, .mutation = Mutation::lap_without_release}};
    EXPECT_EQ(search.run(), Outcome::wrong_item);
}

} // namespace
} // namespace lintel::ring_model
