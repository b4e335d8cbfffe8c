// SPDX-License-Identifier: Apache-2.0
// The date, read once at start-up from the real-time clock; afterwards the RTC is dom0's.
// Motorola MC146818A data sheet, "Update Cycle" and "Time, Calendar and Alarm Locations".
#pragma once

#include <cstdint>

#include "cpu/io.hpp"

namespace lintel {

// Seconds since 1970-01-01 of a date of the Gregorian calendar; month 1..12, day 1..31.
constexpr std::int64_t seconds_since_1970(std::int64_t year, unsigned month, unsigned day,
                                          unsigned hour, unsigned minute, unsigned second)
{
    // Years that start in March, so that the leap day comes last.
    year -= month <= 2;
    const std::int64_t era = year / 400, of_era = year % 400;
    const unsigned of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t days =
        era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    return days * 86400 + hour * 3600 + minute * 60 + second;
}
static_assert(seconds_since_1970(1970, 1, 1, 0, 0, 0) == 0);
static_assert(seconds_since_1970(2000, 2, 29, 12, 0, 0) == 951'825'600);

template <typename Ports = MachinePorts>
class Rtc {
public:
    // Seconds since 1970, UTC.
    static std::int64_t read()
    {
        Date date = read_once(), again = read_once();
        for (unsigned tries = 0; !(date == again) && tries < 4;
             ++tries) { // an update was under way
            date = again;
            again = read_once();
        }
        const std::uint8_t format = reg(status_b);
        const auto plain = [&](unsigned value) {
            return (format & binary) != 0 ? value : (value >> 4) * 10 + (value & 15);
        };
        constexpr unsigned pm = 0x80;
        unsigned hour = plain(date.hour & ~pm);
        if ((format & hours_24) == 0)
            hour = hour % 12 + ((date.hour & pm) != 0 ? 12 : 0);
        return seconds_since_1970(2000 + plain(date.year), plain(date.month), plain(date.day), hour,
                                  plain(date.minute), plain(date.second));
    }

private:
    struct Date {
        unsigned year, month, day, hour, minute, second;
        bool operator==(const Date&) const = default;
    };
    static constexpr std::uint8_t status_a = 0x0a, status_b = 0x0b, updating = 0x80, binary = 4,
                                  hours_24 = 2;

    static std::uint8_t reg(std::uint8_t number)
    {
        Ports::write(0x70, number);
        return Ports::read(0x71);
    }
    static Date read_once()
    {
        constexpr unsigned give_up_after = 1'000'000;
        for (unsigned tries = 0; (reg(status_a) & updating) != 0 && tries < give_up_after;
             ++tries) {
        }
        return {reg(9), reg(8), reg(7), reg(4), reg(2), reg(0)};
    }
};

} // namespace lintel
