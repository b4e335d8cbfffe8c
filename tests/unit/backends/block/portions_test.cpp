// SPDX-License-Identifier: Apache-2.0
// In which portions a batch reaches a disk that works by itself, and one that does not.
#include "block/portions.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace lintel::block {
namespace {

// Prepares so many, as Uring does; the portions that were handed over before the end of the batch.
std::vector<unsigned> batch(Portions& portions, unsigned requests)
{
    std::vector<unsigned> early;
    unsigned waiting = 0;
    for (unsigned i = 0; i < requests; i++) {
        waiting++;
        if (!portions.prepared())
            continue;
        portions.handed_over();
        early.push_back(std::exchange(waiting, 0u));
    }
    portions.handed_over();
    return early;
}

void end(Portions& portions, unsigned requests)
{
    for (unsigned i = 0; i < requests; i++)
        portions.ended();
}

// The look after a batch, of which nothing has ended yet.
Portions of_a_working_disk(unsigned requests)
{
    Portions portions;
    EXPECT_EQ(batch(portions, requests), std::vector<unsigned>{}) << "nothing is known of it yet";
    portions.looked();
    return portions;
}

TEST(BlockPortions, a_disk_that_answers_at_once_gets_batches_whole)
{
    Portions portions;
    for (const unsigned requests : {32u, 1u, 64u, 8u}) {
        EXPECT_EQ(batch(portions, requests), std::vector<unsigned>{});
        EXPECT_TRUE(portions.busy());
        end(portions, requests);
        EXPECT_FALSE(portions.busy());
        portions.looked();
    }
}

TEST(BlockPortions, an_idle_disk_gets_the_first_few_and_then_as_many_as_it_has)
{
    Portions portions = of_a_working_disk(32);
    end(portions, 32);
    EXPECT_EQ(batch(portions, 32), (std::vector<unsigned>{4, 4, 8, 16}));
    end(portions, 32);
    EXPECT_EQ(batch(portions, 11), (std::vector<unsigned>{4, 4}));
    end(portions, 11);
    EXPECT_EQ(batch(portions, 3), std::vector<unsigned>{}) << "not worth a call";
}

TEST(BlockPortions, a_disk_that_has_enough_to_do_is_not_disturbed)
{
    Portions portions = of_a_working_disk(20);
    EXPECT_EQ(batch(portions, 19), std::vector<unsigned>{});
    EXPECT_EQ(batch(portions, 64), std::vector<unsigned>{39});
}

TEST(BlockPortions, what_a_disk_does_is_found_out_anew)
{
    Portions portions = of_a_working_disk(8);
    end(portions, 8);
    portions.looked();
    EXPECT_EQ(batch(portions, 32), std::vector<unsigned>{}) << "it has answered at once";
    portions.looked();
    end(portions, 32);
    EXPECT_EQ(batch(portions, 5), std::vector<unsigned>{4});
}

} // namespace
} // namespace lintel::block
