// SPDX-License-Identifier: Apache-2.0
// Fixed vector: fills up, refuses one more, refuses an index past its end.
#include "support/fixed_vector.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

TEST(FixedVector, new_one_is_empty)
{
    const FixedVector<int, 2> list;
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.begin(), list.end());
}

TEST(FixedVector, keeps_order_and_refuses_one_too_many)
{
    FixedVector<int, 2> list;
    EXPECT_TRUE(list.push_back(7).ok());
    EXPECT_TRUE(list.push_back(8).ok());
    EXPECT_EQ(list.push_back(9).error(), Error::limit_reached);
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0], 7);
    EXPECT_EQ(list[1], 8);
}

TEST(FixedVectorDeathTest, index_past_the_end_is_caught)
{
    FixedVector<int, 2> list;
    EXPECT_TRUE(list.push_back(7).ok());
    EXPECT_DEATH((void)list[1], "index < size_");
}

} // namespace
} // namespace lintel
