// SPDX-License-Identifier: Apache-2.0
// The real-time clock: both number formats, both hour formats, and updates at the worst moment.
#include "cpu/rtc.hpp"

#include <map>

#include <gtest/gtest.h>

#include "fakes/fake_ports.hpp"

namespace lintel {
namespace {

constexpr std::uint8_t seconds = 0, minutes = 2, hours = 4, day = 7, month = 8, year = 9,
                       status_a = 0xa, status_b = 0xb;
constexpr std::uint8_t binary = 4, hours_24 = 2, pm = 0x80, updating = 0x80;

class RtcTest : public testing::Test {
protected:
    RtcTest()
    {
        ports_.on_write = [this](std::uint16_t port, std::uint8_t value) {
            ASSERT_EQ(port, 0x70);
            selected_ = value;
        };
        ports_.on_read = [this](std::uint16_t) {
            const std::uint8_t value = registers_[selected_];
            after_read_(selected_);
            return value;
        };
    }
    // 2026-03-04, with the rest as given.
    void set(std::uint8_t format, std::uint8_t hour, std::uint8_t minute, std::uint8_t second)
    {
        const bool plain = (format & binary) != 0;
        registers_ = {
            {year, plain ? 26 : 0x26}, {month, 3},        {day, 4},          {hours, hour},
            {minutes, minute},         {seconds, second}, {status_b, format}};
    }
    static std::int64_t at(unsigned hour, unsigned minute, unsigned second)
    {
        return seconds_since_1970(2026, 3, 4, hour, minute, second);
    }

    FakePorts ports_;
    std::map<std::uint8_t, std::uint8_t> registers_;
    std::function<void(std::uint8_t)> after_read_ = [](std::uint8_t) {};

private:
    std::uint8_t selected_ = 0;
};

TEST_F(RtcTest, binary_24_hours)
{
    set(binary | hours_24, 23, 59, 58);
    EXPECT_EQ(Rtc<FakePorts>::read(), at(23, 59, 58));
}

TEST_F(RtcTest, bcd_24_hours)
{
    set(hours_24, 0x23, 0x59, 0x58);
    EXPECT_EQ(Rtc<FakePorts>::read(), at(23, 59, 58));
}

TEST_F(RtcTest, twelve_hour_format_starts_with_twelve)
{
    const std::pair<std::uint8_t, unsigned> cases[] = {
        {0x12, 0}, {0x01, 1}, {0x11, 11}, {pm | 0x12, 12}, {pm | 0x01, 13}, {pm | 0x11, 23}};
    for (const auto& [stored, hour] : cases) {
        set(0, stored, 0, 0);
        EXPECT_EQ(Rtc<FakePorts>::read(), at(hour, 0, 0)) << unsigned{stored};
    }
    set(binary, pm | 11, 0, 0);
    EXPECT_EQ(Rtc<FakePorts>::read(), at(23, 0, 0));
}

TEST_F(RtcTest, waits_while_an_update_is_in_progress)
{
    set(hours_24, 0x10, 0x59, 0x59);
    registers_[status_a] = updating;
    int polls = 0;
    after_read_ = [&](std::uint8_t number) {
        if (number == status_a && ++polls == 50) {
            set(hours_24, 0x11, 0x00, 0x00);
            registers_[status_a] = 0;
        }
    };
    EXPECT_EQ(Rtc<FakePorts>::read(), at(11, 0, 0));
}

TEST_F(RtcTest, update_between_two_registers_is_noticed)
{
    set(hours_24, 0x10, 0x59, 0x59);
    bool ticked = false;
    after_read_ = [&](std::uint8_t number) {
        if (number == hours && !std::exchange(ticked, true))
            set(hours_24, 0x11, 0x00, 0x00);
    };
    EXPECT_EQ(Rtc<FakePorts>::read(), at(11, 0, 0)); // not 10:00:00
}

TEST_F(RtcTest, clock_that_updates_for_ever_is_given_up)
{
    ports_.on_read = [](std::uint16_t) { return std::uint8_t{0xff}; };
    EXPECT_NE(Rtc<FakePorts>::read(), 0); // some date, but it comes back
}

TEST(Calendar, known_dates)
{
    EXPECT_EQ(seconds_since_1970(1999, 12, 31, 23, 59, 59), 946'684'799);
    EXPECT_EQ(seconds_since_1970(2024, 2, 29, 0, 0, 0), 1'709'164'800);
    EXPECT_EQ(seconds_since_1970(2024, 3, 1, 0, 0, 0), 1'709'251'200);
    EXPECT_EQ(seconds_since_1970(2038, 1, 19, 3, 14, 8), 1ll << 31);
    EXPECT_EQ(seconds_since_1970(2099, 12, 31, 0, 0, 0), 4'102'358'400);
}

} // namespace
} // namespace lintel
