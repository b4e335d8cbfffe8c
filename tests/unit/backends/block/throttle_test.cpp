// SPDX-License-Identifier: Apache-2.0
// What passes in a given time, whatever the sizes.
#include "block/throttle.hpp"

#include <gtest/gtest.h>

namespace lintel::block {
namespace {

constexpr Nanoseconds second = Rate::second;
constexpr Nanoseconds start = 100 * second;

// Requests of so many bytes that pass in `length`, with one tried whenever it may.
std::uint64_t passed(Throttle throttle, std::uint32_t bytes, Nanoseconds length)
{
    std::uint64_t count = 0;
    for (Nanoseconds now = start; now < start + length; count++) {
        throttle.spend(now, bytes);
        now = std::max(now, throttle.opens());
    }
    return count;
}

TEST(BlockThrottle, without_limits_nothing_waits)
{
    Throttle none;
    for (int i = 0; i < 1000; i++)
        none.spend(start, 1 << 20);
    EXPECT_TRUE(none.open(start));
}

TEST(BlockThrottle, operations_and_one_burst)
{
    // A tenth of a second's worth at once, and the one that finds it open.
    EXPECT_NEAR(static_cast<double>(passed({1000, 0}, 4096, 10 * second)), 10'100, 2);
    // Its time for one is no whole number of nanoseconds.
    EXPECT_NEAR(static_cast<double>(passed({300'007, 0}, 4096, second)), 330'008, 2);
}

TEST(BlockThrottle, bytes_whatever_the_size_of_requests)
{
    for (const std::uint32_t bytes : {512u, 4096u, 1u << 20})
        EXPECT_NEAR(static_cast<double>(passed({0, 100'000'000}, bytes, 10 * second)) * bytes,
                    1'010'000'000, 1.1 * (1 << 20));
}

TEST(BlockThrottle, the_stricter_limit_counts)
{
    EXPECT_NEAR(static_cast<double>(passed({100, 1'000'000'000}, 4096, 10 * second)), 1010, 2);
    EXPECT_NEAR(static_cast<double>(passed({1'000'000, 409'600}, 4096, 10 * second)), 1010, 2);
}

TEST(BlockThrottle, idle_time_is_not_saved_up)
{
    Throttle throttle{10, 0};
    throttle.spend(start, 0);
    Nanoseconds now = start + 1000 * second;
    int burst = 0;
    for (; throttle.open(now); burst++)
        throttle.spend(now, 0);
    EXPECT_EQ(burst, 2);
}

TEST(BlockThrottle, request_larger_than_a_second_of_the_limit_passes_and_is_paid_for)
{
    Throttle throttle{0, 1024};
    EXPECT_TRUE(throttle.open(start));
    throttle.spend(start, 1 << 20);
    EXPECT_FALSE(throttle.open(start + 1023 * second));
    EXPECT_TRUE(throttle.open(start + 1024 * second));
}

} // namespace
} // namespace lintel::block
