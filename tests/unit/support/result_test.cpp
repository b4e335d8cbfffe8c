// SPDX-License-Identifier: Apache-2.0
// Result and TRY: values move, errors travel, the wrong question dies.
#include "support/result.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace lintel {
namespace {

Result<int> half(int value)
{
    if (value % 2 != 0)
        return Error::bad_argument;
    return value / 2;
}
Result<int> quarter(int value)
{
    const int once = TRY(half(value));
    return half(once);
}
Result<> check(int value)
{
    TRY(half(value));
    return {};
}

TEST(Result, value_comes_through_try)
{
    EXPECT_EQ(quarter(12).take(), 3);
    EXPECT_TRUE(check(2).ok());
}

TEST(Result, error_returns_from_the_enclosing_function)
{
    EXPECT_EQ(quarter(1).error(), Error::bad_argument);
    EXPECT_EQ(quarter(2).error(), Error::bad_argument); // the second step
    EXPECT_EQ(check(3).error(), Error::bad_argument);
}

TEST(Result, owner_moves_out_once_and_is_destroyed_otherwise)
{
    auto counted = std::make_shared<int>(5);
    {
        Result<std::shared_ptr<int>> result{counted};
        EXPECT_EQ(counted.use_count(), 2);
        const std::shared_ptr<int> taken = result.take();
        EXPECT_EQ(counted.use_count(), 2);
        Result<std::shared_ptr<int>> moved{std::move(result)};
        EXPECT_TRUE(moved.ok());
    }
    EXPECT_EQ(counted.use_count(), 1);
}

TEST(ResultDeathTest, value_of_an_error_and_error_of_a_value_die)
{
    EXPECT_DEATH((void)half(1).value(), "ok_");
    EXPECT_DEATH((void)half(2).error(), "!ok_");
}

} // namespace
} // namespace lintel
