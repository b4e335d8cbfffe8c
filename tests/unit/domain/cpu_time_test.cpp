// SPDX-License-Identifier: Apache-2.0
// Processor time of a vCPU: what a reader sees at any moment.
#include "domain/cpu_time.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

TEST(CpuTime, stays_add_up_and_gaps_do_not_count)
{
    CpuTime time;
    EXPECT_EQ(time.ticks(1000), 0u);
    time.begin(1000);
    EXPECT_EQ(time.ticks(1010), 10u);
    time.end(1030);
    EXPECT_EQ(time.ticks(5000), 30u);
    time.begin(6000);
    EXPECT_EQ(time.ticks(6001), 31u);
    time.end(6005);
    EXPECT_EQ(time.ticks(9000), 35u);
}

// The offset of a running vCPU is negative until it has run as long as the machine.
TEST(CpuTime, large_clocks_do_not_wrap)
{
    constexpr std::uint64_t late = 1ull << 62;
    CpuTime time;
    time.begin(late);
    EXPECT_EQ(time.ticks(late + 7), 7u);
    time.end(late + 7);
    time.begin(late + 100);
    time.end(late + 101);
    EXPECT_EQ(time.ticks(0), 8u);
}

} // namespace
} // namespace lintel
