// SPDX-License-Identifier: Apache-2.0
// TSC calibration against a PIT that works, and against none.
#include "cpu/tsc_calibration.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_ports.hpp"

namespace lintel {
namespace {

constexpr std::uint16_t channel2 = 0x42, command = 0x43, gate_port = 0x61;
constexpr std::uint8_t output = 1u << 5;

// Channel 2 in mode 0: counts down while the TSC runs, one read of port 0x61 takes `read_ticks`.
class FakePit {
public:
    explicit FakePit(std::uint64_t tsc_hz) : tsc_hz_{tsc_hz}
    {
        ports.on_write = [this](std::uint16_t port, std::uint8_t value) {
            if (port == channel2)
                count_ = count_ >> 8 | value << 8; // low byte first
            if (port == gate_port && (value & 1) != 0)
                started_ = tsc;
        };
        ports.on_read = [this](std::uint16_t) {
            tsc += read_ticks;
            const bool ended = (tsc - started_) * pit_hz >= count_ * tsc_hz_;
            return ended ? output : std::uint8_t{0};
        };
    }
    FakePorts ports;
    std::uint64_t tsc = 5'000'000;
    static constexpr std::uint64_t read_ticks = 100;

private:
    std::uint64_t tsc_hz_;
    std::uint64_t started_ = 0;
    std::uint64_t count_ = 0;
};

TEST(TscCalibration, finds_the_frequency_to_a_ten_thousandth)
{
    for (const std::uint64_t mhz : {50, 800, 2893, 5700}) {
        FakePit pit{mhz * 1'000'000};
        const double khz =
            static_cast<double>(calibrate_tsc_khz<FakePorts>([&] { return pit.tsc; }));
        const double truth = static_cast<double>(mhz) * 1000;
        EXPECT_NEAR(khz, truth, truth / 10'000 + 1);
    }
}

TEST(TscCalibration, timer_runs_in_mode_0_for_20_ms_with_the_speaker_off)
{
    FakePit pit{1'000'000'000};
    EXPECT_NE(calibrate_tsc_khz<FakePorts>([&] { return pit.tsc; }), 0u);
    constexpr std::uint16_t count = pit_hz / 50; // 20 ms, rounded up
    const std::vector<FakePorts::Write> expected{{gate_port, 0},
                                                 {command, 0xb0},
                                                 {channel2, (count + 1) & 0xff},
                                                 {channel2, (count + 1) >> 8},
                                                 {gate_port, 1},
                                                 {gate_port, 0}};
    EXPECT_EQ(pit.ports.writes, expected);
}

TEST(TscCalibration, timer_that_never_ends_gives_zero)
{
    FakePorts ports;
    ports.on_read = [](std::uint16_t) { return std::uint8_t{0}; };
    std::uint64_t tsc = 0;
    EXPECT_EQ(calibrate_tsc_khz<FakePorts>([&] { return tsc += 1000; }), 0u);
}

} // namespace
} // namespace lintel
