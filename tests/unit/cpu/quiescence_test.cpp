// SPDX-License-Identifier: Apache-2.0
// Grace periods: who has been quiet since.
#include "cpu/quiescence.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

TEST(Quiescence, each_cpu_is_pending_until_it_was_quiet_after_the_beginning)
{
    Quiescence quiescence;
    quiescence.note_quiet(1); // before
    const Quiescence::Times since = quiescence.now();
    for (const unsigned cpu : {0u, 1u, cpu_limit - 1})
        EXPECT_TRUE(quiescence.pending(since, cpu)) << cpu;
    quiescence.note_quiet(1);
    EXPECT_FALSE(quiescence.pending(since, 1));
    EXPECT_TRUE(quiescence.pending(since, 0));
}

TEST(Quiescence, periods_are_each_their_own)
{
    Quiescence quiescence;
    const Quiescence::Times first = quiescence.now();
    quiescence.note_quiet(0);
    const Quiescence::Times second = quiescence.now();
    EXPECT_FALSE(quiescence.pending(first, 0));
    EXPECT_TRUE(quiescence.pending(second, 0));
}

} // namespace
} // namespace lintel
