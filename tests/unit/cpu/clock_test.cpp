// SPDX-License-Identifier: Apache-2.0
// Time conversion: precise over all frequencies, monotonic, and a deadline is never too early.
#include "cpu/clock.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr std::uint64_t ns_hz = 1'000'000'000;
constexpr std::uint64_t year_s = 366ul * 24 * 3600;

// From an emulator's slow TSC to more than any processor has, odd values among them.
constexpr std::uint64_t frequencies_khz[] = {
    1'000,     14'318,    50'000,    99'999,    999'999,   1'000'000, 1'000'001, 1'800'000,
    2'147'483, 2'147'484, 2'893'301, 3'000'000, 4'294'967, 4'294'968, 5'700'000, 8'000'000};

// A multiplier of 32 bits whose highest bit is set is off by less than 2^-31.
void expect_precise(TickScale scale, std::uint64_t from_hz, std::uint64_t to_hz)
{
    EXPECT_GE(scale.mul, 1u << 31) << from_hz << " to " << to_hz;
    for (const std::uint64_t seconds : {1ul, 3600ul, 24ul * 3600, year_s}) {
        const std::uint64_t ticks = from_hz * seconds;
        const long double exact = static_cast<long double>(to_hz) * seconds;
        const long double got = static_cast<long double>(scale.apply(ticks));
        EXPECT_LE(std::abs(got - exact), exact * 0x1p-31L + 1) << from_hz << " to " << to_hz;
    }
}

TEST(TickScale, is_precise_in_both_directions_at_all_frequencies)
{
    for (const std::uint64_t khz : frequencies_khz) {
        expect_precise(TickScale::between(khz * 1000, ns_hz), khz * 1000, ns_hz);
        expect_precise(TickScale::between(ns_hz, khz * 1000), ns_hz, khz * 1000);
    }
}

TEST(TickScale, known_value_for_2_ghz)
{
    constexpr TickScale scale = TickScale::between(2 * ns_hz, ns_hz);
    EXPECT_EQ(scale.apply(2'000'000'000), 1'000'000'000u);
    EXPECT_EQ(scale.apply(0), 0u);
    EXPECT_EQ(scale.apply(1), 0u);
}

TEST(TickScale, negative_shift_shifts_right)
{
    constexpr TickScale half{.mul = 1u << 31, .shift = -1};
    EXPECT_EQ(half.apply(8), 2u);
    constexpr TickScale twice{.mul = 1u << 31, .shift = 2};
    EXPECT_EQ(twice.apply(8), 16u);
}

class ClockTest : public testing::TestWithParam<std::uint64_t> {
protected:
    ClockTest() { clock_.set_frequency(GetParam()); }
    Clock clock_{.start_tsc = 123'456'789, .khz = 0, .to_ns = {}, .to_tsc = {}};
};

TEST_P(ClockTest, starts_at_zero_and_never_goes_back)
{
    EXPECT_EQ(clock_.ns_at(clock_.start_tsc), 0u);
    for (std::uint64_t tsc = clock_.start_tsc, last = 0; tsc < clock_.start_tsc + 10'000; ++tsc) {
        ASSERT_GE(clock_.ns_at(tsc), last);
        last = clock_.ns_at(tsc);
    }
}

TEST_P(ClockTest, deadline_is_not_early_after_any_uptime)
{
    for (const std::uint64_t uptime_s : {0ul, 1ul, 86'400ul, 30 * 86'400ul, 5 * year_s})
        for (const std::uint64_t more : {0ul, 1ul, 999ul, 123'456'789ul}) {
            const std::uint64_t ns = uptime_s * ns_hz + more;
            EXPECT_GE(clock_.ns_at(clock_.tsc_at(ns)), ns);
        }
}

TEST_P(ClockTest, deadline_is_late_by_a_microsecond_at_most)
{
    for (const std::uint64_t uptime_s : {1ul, 86'400ul, 5 * year_s}) {
        const std::uint64_t ns = uptime_s * ns_hz + 1;
        const std::uint64_t tick_ns = ns_hz / (GetParam() * 1000) + 1;
        EXPECT_LE(clock_.ns_at(clock_.tsc_at(ns)), ns + 3 * tick_ns);
    }
}

TEST_P(ClockTest, deadlines_far_beyond_the_machines_life_do_not_wrap)
{
    const std::uint64_t far = clock_.tsc_at(~0ul);
    EXPECT_EQ(far, clock_.tsc_at(~0ul - 1));
    EXPECT_GT(far, clock_.tsc_at(9 * year_s * ns_hz));
}

INSTANTIATE_TEST_SUITE_P(Frequencies, ClockTest, testing::ValuesIn(frequencies_khz));

} // namespace
} // namespace lintel
