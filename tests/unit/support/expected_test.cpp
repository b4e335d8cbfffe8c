// SPDX-License-Identifier: Apache-2.0
// Expected: like Result, with errors of its own.
#include "support/expected.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

enum class Refusal {
    odd
};
using HalfOf = Expected<int, Refusal>;

HalfOf half(int value)
{
    if (value % 2 != 0)
        return Refusal::odd;
    return value / 2;
}

TEST(Expected, holds_a_value_or_an_error)
{
    EXPECT_TRUE(half(8).ok());
    EXPECT_EQ(half(8).value(), 4);
    EXPECT_EQ(half(8).take(), 4);
    EXPECT_FALSE(half(7).ok());
    EXPECT_EQ(half(7).error(), Refusal::odd);
}

TEST(ExpectedDeathTest, value_of_an_error_and_error_of_a_value_die)
{
    EXPECT_DEATH((void)half(1).value(), "ok_");
    EXPECT_DEATH((void)half(2).error(), "!ok_");
}

} // namespace
} // namespace lintel
