// SPDX-License-Identifier: Apache-2.0
// log_read: text in order and without gaps. Contract: docs/abi/domains.md#log_read.
#include "hypercall/log_read.hpp"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t page = 1 * page_size;

class LogReadTest : public testing::Test {
protected:
    LogReadTest() { caller_.ram.add(Gfn{1}); }
    void say(std::string_view text) { caller_.log.append(LogLevel::info, 0, text); }
    std::int64_t read(std::uint64_t position, std::uint64_t bytes, std::uint64_t gpa = page)
    {
        return caller_.call(LINTEL_HC_log_read, {position, gpa, bytes});
    }
    lintel_log_chunk chunk()
    {
        lintel_log_chunk value;
        std::memcpy(&value, &caller_.ram.at(page), sizeof value);
        return value;
    }
    std::string text(std::int64_t result)
    {
        return {reinterpret_cast<const char*>(&caller_.ram.at(page + sizeof(lintel_log_chunk))),
                static_cast<std::size_t>(result) - sizeof(lintel_log_chunk)};
    }
    // As a reader does, from the first byte to the last.
    std::string read_all(std::uint64_t bytes)
    {
        std::string all;
        for (std::uint64_t position = 0;;) {
            const std::int64_t result = read(position, bytes);
            EXPECT_GE(result, 16);
            all += text(result);
            position = chunk().position + static_cast<std::uint64_t>(result) - 16;
            if (result < 16 || position == chunk().end)
                return all;
        }
    }
    FakeCaller caller_;
};

TEST_F(LogReadTest, empty_log_gives_a_chunk_without_text)
{
    EXPECT_EQ(read(0, 4096), 16);
    EXPECT_EQ(chunk().position, 0u);
    EXPECT_EQ(chunk().end, 0u);
}

TEST_F(LogReadTest, readers_of_every_buffer_size_see_the_same_text)
{
    say("one");
    say("two and a half");
    const std::string whole = read_all(4096);
    EXPECT_NE(whole.find("one\n"), whole.npos);
    EXPECT_EQ(whole.back(), '\n');
    for (const std::uint64_t bytes : {17, 18, 31, 128, 144, 145})
        EXPECT_EQ(read_all(bytes), whole) << bytes;
}

TEST_F(LogReadTest, what_was_overwritten_is_skipped_and_told)
{
    for (int i = 0; i < 20; ++i)
        say("a line that is long enough to fill the ring");
    const std::int64_t result = read(0, 4096);
    EXPECT_EQ(result, 16 + 256);
    EXPECT_EQ(chunk().position, chunk().end - 256);
}

TEST_F(LogReadTest, text_that_is_overwritten_between_two_pieces_leaves_no_gap)
{
    say(std::string(200, 'x'));
    unsigned pieces = 0;
    caller_.during_log_read = [&] {
        if (++pieces == 2)
            say(std::string(230, 'y'));
    };
    EXPECT_EQ(read(0, 4096), 16 + 128);
    EXPECT_EQ(chunk().position, 0u);
    EXPECT_EQ(text(16 + 128).find('y'), std::string::npos);
}

TEST_F(LogReadTest, bad_arguments_are_refused)
{
    say("text");
    for (const std::uint64_t bytes : {0ul, 1ul, 16ul, 4097ul, ~0ul})
        EXPECT_EQ(read(0, bytes), LINTEL_EINVAL) << bytes;
    for (const std::uint64_t position : {caller_.log.end() + 1, 1ul << 63, ~0ul})
        EXPECT_EQ(read(position, 64), LINTEL_EINVAL) << position;
    EXPECT_EQ(read(0, 64, page + 4), LINTEL_EINVAL);
    EXPECT_EQ(read(0, 64, 2 * page_size - 56), LINTEL_EFAULT);
    EXPECT_EQ(caller_.call(LINTEL_HC_log_read, {0, page, 64, 1}), LINTEL_EINVAL);
    caller_.is_dom0 = false;
    EXPECT_EQ(read(0, 64), LINTEL_EPERM);
}

} // namespace
} // namespace lintel
