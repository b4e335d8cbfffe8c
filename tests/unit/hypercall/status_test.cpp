// SPDX-License-Identifier: Apache-2.0
// Every internal error has a status of its own, and every status is negative.
#include "hypercall/status.hpp"

#include <set>

#include <gtest/gtest.h>

namespace lintel {
namespace {

using enum Error;
constexpr Error all[] = {bad_argument, bad_address,   not_permitted, not_found, exists,
                         busy,         limit_reached, no_memory,     try_again, unknown_call};

TEST(Status, every_error_is_a_negative_errno_of_its_own)
{
    std::set<std::int64_t> seen;
    for (const Error error : all) {
        EXPECT_LT(status_of(error), 0);
        EXPECT_GT(status_of(error), -4096); // Linux's IS_ERR_VALUE
        EXPECT_TRUE(seen.insert(status_of(error)).second) << status_of(error);
    }
}

TEST(Status, guests_get_the_errno_they_expect)
{
    EXPECT_EQ(status_of(bad_argument), -22);
    EXPECT_EQ(status_of(bad_address), -14);
    EXPECT_EQ(status_of(not_permitted), -1);
    EXPECT_EQ(status_of(unknown_call), -38);
}

} // namespace
} // namespace lintel
