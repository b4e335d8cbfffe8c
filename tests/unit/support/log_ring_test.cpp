// SPDX-License-Identifier: Apache-2.0
// Log ring: the line's exact form, overwriting, and readers that fall behind.
#include "support/log_ring.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

class LogRingTest : public testing::Test {
protected:
    std::string read_all(std::uint64_t& cursor)
    {
        std::string text(4096, '\0');
        const auto read = ring_.read(cursor, text);
        lost_ = read.lost;
        text.resize(read.copied);
        return text;
    }

    static constexpr std::size_t ring_bytes = 128;
    std::vector<char> storage_ = std::vector<char>(ring_bytes);
    LogRing ring_{storage_};
    std::uint64_t lost_ = 0;
};

TEST_F(LogRingTest, line_has_the_documented_form)
{
    ring_.append(LogLevel::info, 1'234'567'890, "text");
    std::uint64_t cursor = 0;
    EXPECT_EQ(read_all(cursor), "(lintel) [    1.234567] info: text\n");
    EXPECT_EQ(cursor, ring_.end());
}

TEST_F(LogRingTest, every_level_has_its_name)
{
    const std::array levels{LogLevel::error, LogLevel::warning, LogLevel::notice, LogLevel::info,
                            LogLevel::debug};
    const std::array names{"error", "warning", "notice", "info", "debug"};
    for (std::size_t i = 0; i < levels.size(); ++i) {
        std::uint64_t cursor = ring_.end();
        ring_.append(levels[i], 0, "x");
        EXPECT_EQ(read_all(cursor), std::string{"(lintel) [    0.000000] "} + names[i] + ": x\n");
    }
}

TEST_F(LogRingTest, seconds_beyond_five_columns_widen_the_stamp)
{
    ring_.append(LogLevel::error, 123'456'000'001'000, "x");
    std::uint64_t cursor = 0;
    EXPECT_EQ(read_all(cursor), "(lintel) [123456.000001] error: x\n");
}

TEST_F(LogRingTest, largest_time_fits_the_prefix)
{
    ring_.append(LogLevel::warning, ~0ull, "x");
    std::uint64_t cursor = 0;
    EXPECT_EQ(read_all(cursor), "(lintel) [18446744073.709551] warning: x\n");
}

TEST_F(LogRingTest, control_characters_cannot_forge_a_line)
{
    ring_.append(LogLevel::info, 0, "a\n(lintel)\x1b[2J\x7f");
    std::uint64_t cursor = 0;
    EXPECT_EQ(read_all(cursor), "(lintel) [    0.000000] info: a?(lintel)?[2J?\n");
}

TEST_F(LogRingTest, reader_at_the_end_gets_nothing)
{
    ring_.append(LogLevel::info, 0, "x");
    std::uint64_t cursor = ring_.end();
    EXPECT_EQ(read_all(cursor), "");
    EXPECT_EQ(lost_, 0u);
}

TEST_F(LogRingTest, cursor_from_the_future_reads_nothing_and_stays)
{
    std::uint64_t cursor = ~0ull;
    EXPECT_EQ(read_all(cursor), "");
    EXPECT_EQ(cursor, ~0ull);
}

TEST_F(LogRingTest, small_reads_continue_where_the_last_one_stopped)
{
    ring_.append(LogLevel::info, 0, "hello");
    std::string text;
    std::uint64_t cursor = 0;
    std::array<char, 7> piece;
    while (const auto copied = ring_.read(cursor, piece).copied)
        text.append(piece.data(), copied);
    EXPECT_EQ(text, "(lintel) [    0.000000] info: hello\n");
}

TEST_F(LogRingTest, slow_reader_learns_how_many_bytes_were_lost)
{
    std::string everything;
    for (int line = 0; line < 20; ++line) {
        std::uint64_t cursor = ring_.end();
        ring_.append(LogLevel::info, 0, std::string(static_cast<std::size_t>(line), 'x'));
        everything += read_all(cursor);
    }
    std::uint64_t cursor = 0;
    EXPECT_EQ(read_all(cursor), everything.substr(everything.size() - ring_bytes));
    EXPECT_EQ(lost_, everything.size() - ring_bytes);
    EXPECT_EQ(read_all(cursor), "");
    EXPECT_EQ(lost_, 0u);
}

TEST_F(LogRingTest, readers_are_independent)
{
    ring_.append(LogLevel::info, 0, "one");
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    const auto text = read_all(first);
    EXPECT_EQ(read_all(second), text);
}

TEST_F(LogRingTest, line_longer_than_the_ring_keeps_its_end)
{
    ring_.append(LogLevel::info, 0, std::string(1000, 'y'));
    std::uint64_t cursor = 0;
    EXPECT_EQ(read_all(cursor), std::string(ring_bytes - 1, 'y') + "\n");
    EXPECT_EQ(lost_, ring_.end() - ring_bytes);
}

TEST(LogRingDeathTest, empty_storage_is_refused)
{
    EXPECT_DEATH(LogRing{std::span<char>{}}, "storage");
}

} // namespace
} // namespace lintel
