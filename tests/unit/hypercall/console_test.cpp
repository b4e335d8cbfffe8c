// SPDX-License-Identifier: Apache-2.0
// console_write and console_read: buffers that are good, cross pages, lie in holes, or wrap.
#include "hypercall/console.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

// RAM at frames 1 and 2.
class ConsoleTest : public testing::Test {
protected:
    static constexpr std::uint64_t ram = page_size, end = 3 * page_size;
    ConsoleTest()
    {
        caller_.ram.add(Gfn{1});
        caller_.ram.add(Gfn{2});
    }
    void put(std::uint64_t address, std::string_view text)
    {
        for (std::size_t i = 0; i < text.size(); ++i)
            caller_.ram.at(address + i) = static_cast<std::byte>(text[i]);
    }
    std::string get(std::uint64_t address, std::size_t size)
    {
        std::string text;
        for (std::size_t i = 0; i < size; ++i)
            text += static_cast<char>(caller_.ram.at(address + i));
        return text;
    }
    std::int64_t write(std::uint64_t address, std::uint64_t bytes)
    {
        return caller_.call(LINTEL_HC_console_write, {address, bytes, 0});
    }
    std::int64_t read(std::uint64_t address, std::uint64_t bytes)
    {
        return caller_.call(LINTEL_HC_console_read, {address, bytes, 0});
    }
    FakeCaller caller_;
};

TEST_F(ConsoleTest, text_reaches_the_console_once_and_in_order)
{
    put(ram + 7, "hello");
    EXPECT_EQ(write(ram + 7, 5), 5);
    EXPECT_EQ(caller_.written, "hello");
}

TEST_F(ConsoleTest, longest_text_may_cross_a_page)
{
    std::string text;
    while (text.size() < LINTEL_CONSOLE_BYTES)
        text += static_cast<char>('a' + text.size() % 26);
    put(ram + 100, text);
    EXPECT_EQ(write(ram + 100, text.size()), LINTEL_CONSOLE_BYTES);
    EXPECT_EQ(caller_.written, text);
}

TEST_F(ConsoleTest, slow_line_takes_a_part_and_the_result_says_how_much)
{
    const std::string text(console_piece + 20, 'x');
    put(ram, text);
    caller_.line_takes = console_piece + 16; // in the second piece
    EXPECT_EQ(write(ram, text.size()), console_piece + 16);
    EXPECT_EQ(caller_.written.size(), console_piece + 16);
}

TEST_F(ConsoleTest, page_that_goes_during_the_call_ends_it_with_what_was_written)
{
    put(2 * page_size - console_piece, std::string(2 * console_piece, 'x'));
    caller_.during_console_write = [&] { caller_.ram.remove(Gfn{2}); };
    const auto first = static_cast<std::int64_t>(console_piece);
    EXPECT_EQ(write(2 * page_size - console_piece, 2 * console_piece), first);
    EXPECT_EQ(caller_.written.size(), console_piece);
    EXPECT_EQ(write(2 * page_size, 1), LINTEL_EFAULT);
}

TEST_F(ConsoleTest, text_may_end_with_the_last_byte_of_ram)
{
    put(end - 3, "end");
    EXPECT_EQ(write(end - 3, 3), 3);
    EXPECT_EQ(write(end - 3, 4), LINTEL_EFAULT);
    EXPECT_EQ(caller_.written, "end");
}

TEST_F(ConsoleTest, longer_than_the_limit_is_refused)
{
    for (const std::uint64_t bytes : {LINTEL_CONSOLE_BYTES + 1ull, 1ull << 32, ~0ull}) {
        EXPECT_EQ(write(ram, bytes), LINTEL_EINVAL);
        EXPECT_EQ(read(ram, bytes), LINTEL_EINVAL);
    }
}

// Address and length of buffers that are not RAM in whole.
constexpr std::pair<std::uint64_t, std::uint64_t> wild_buffers[] = {
    {0, 1}, // below
    {page_size - 1, 2},
    {3 * page_size - 1, 2}, // beyond
    {3 * page_size, 1},
    {~0ull, 1}, // the last byte there is
    {~0ull, 2}, // wraps
    {~0ull - 4094, 4096},
    {1ull << 63, 4096},
    {(1ull << 48) + page_size, 1},
};

TEST_F(ConsoleTest, buffer_that_is_not_ram_writes_nothing)
{
    for (const auto& [address, bytes] : wild_buffers)
        EXPECT_EQ(write(address, bytes), LINTEL_EFAULT) << std::hex << address;
    EXPECT_EQ(caller_.written, "");
}

TEST_F(ConsoleTest, buffer_that_is_not_ram_takes_no_input)
{
    caller_.typed = {'a', 'b'};
    for (const auto& [address, bytes] : wild_buffers)
        EXPECT_EQ(read(address, bytes), LINTEL_EFAULT) << std::hex << address;
    EXPECT_EQ(caller_.typed.size(), 2u);
}

TEST_F(ConsoleTest, reading_stores_what_waits_and_nothing_more)
{
    caller_.typed = {'l', 's', '\r'};
    EXPECT_EQ(read(2 * page_size - 1, 100), 3); // across the page border
    EXPECT_EQ(get(2 * page_size - 1, 4), std::string_view("ls\r\0", 4));
    EXPECT_EQ(read(ram, 100), 0);
}

TEST_F(ConsoleTest, reading_into_little_room_leaves_the_rest_waiting)
{
    caller_.typed = {'l', 's', '\r'};
    EXPECT_EQ(read(ram, 2), 2);
    EXPECT_EQ(read(ram, 2), 1);
    EXPECT_EQ(read(ram, 0), 0);
}

TEST_F(ConsoleTest, long_input_comes_in_pieces)
{
    caller_.typed.assign(console_piece + 1, 'x');
    EXPECT_EQ(read(ram, LINTEL_CONSOLE_BYTES), static_cast<std::int64_t>(console_piece));
    EXPECT_EQ(read(ram, LINTEL_CONSOLE_BYTES), 1);
}

TEST_F(ConsoleTest, nothing_to_write_is_fine_anywhere)
{
    EXPECT_EQ(write(~0ull, 0), 0);
    EXPECT_EQ(caller_.written, "");
}

// Other domains' consoles are devices.
TEST_F(ConsoleTest, nobody_but_dom0_has_it)
{
    put(ram, "hello");
    caller_.typed = {'x'};
    caller_.is_dom0 = false;
    EXPECT_EQ(write(ram, 5), LINTEL_EPERM);
    EXPECT_EQ(read(ram, 5), LINTEL_EPERM);
    EXPECT_EQ(write(0, ~0ull), LINTEL_EPERM);
    EXPECT_EQ(caller_.written, "");
    EXPECT_EQ(caller_.typed.size(), 1u);
}

} // namespace
} // namespace lintel
