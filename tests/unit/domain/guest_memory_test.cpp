// SPDX-License-Identifier: Apache-2.0
// Copies to and from a domain's RAM: page borders, holes, the end of the address space.
#include "domain/guest_memory.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_guest_ram.hpp"

namespace lintel {
namespace {

std::vector<std::byte> pattern(std::size_t size)
{
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(i * 7 + 1);
    return bytes;
}

// RAM at frames 1, 2, 3 and 5; 4 is a hole.
class GuestMemoryTest : public testing::Test {
protected:
    GuestMemoryTest()
    {
        for (const std::uint64_t frame : {1, 2, 3, 5})
            ram_.add(Gfn{frame});
    }
    FakeGuestRam ram_;
    GuestMemory<FakeGuestRam> memory_{ram_};
};

TEST_F(GuestMemoryTest, what_is_written_is_read_back_across_pages)
{
    constexpr std::uint64_t address = 2 * page_size - 5;
    const auto in = pattern(page_size); // the end of 1, nearly all of 2
    EXPECT_TRUE(memory_.write(address, in).ok());
    EXPECT_EQ(ram_.at(address), in.front());
    EXPECT_EQ(ram_.at(2 * page_size), in[5]);
    EXPECT_EQ(ram_.at(3 * page_size - 6), in.back());
    EXPECT_EQ(ram_.at(3 * page_size - 5), std::byte{0}); // nothing beyond

    std::vector<std::byte> out(in.size());
    EXPECT_TRUE(memory_.read(address, out).ok());
    EXPECT_EQ(out, in);
}

TEST_F(GuestMemoryTest, write_that_would_leave_ram_stores_nothing)
{
    EXPECT_EQ(memory_.write(4 * page_size - 8, pattern(16)).error(), Error::bad_address);
    for (std::uint64_t at = 4 * page_size - 8; at < 4 * page_size; ++at)
        EXPECT_EQ(ram_.at(at), std::byte{0});
}

TEST_F(GuestMemoryTest, every_page_is_looked_up_exactly_once)
{
    auto bytes = pattern(page_size + 2);
    EXPECT_TRUE(memory_.read(2 * page_size - 1, bytes).ok());
    EXPECT_EQ(ram_.lookups, (std::map<std::uint64_t, unsigned>{{1, 1}, {2, 1}, {3, 1}}));
}

TEST_F(GuestMemoryTest, copy_may_end_with_the_page)
{
    auto bytes = pattern(page_size);
    EXPECT_TRUE(memory_.write(3 * page_size, bytes).ok());
    EXPECT_FALSE(ram_.lookups.contains(4));
}

TEST_F(GuestMemoryTest, hole_in_the_middle_is_a_bad_address)
{
    auto bytes = pattern(2 * page_size);
    EXPECT_EQ(memory_.read(4 * page_size - 1, bytes).error(), Error::bad_address);
    EXPECT_EQ(memory_.check(4 * page_size - 1, 2).error(), Error::bad_address);
    EXPECT_FALSE(ram_.lookups.contains(5)); // it went no further
}

TEST_F(GuestMemoryTest, check_touches_no_byte)
{
    EXPECT_TRUE(memory_.check(page_size, 3 * page_size).ok());
    EXPECT_EQ(memory_.check(page_size, 3 * page_size + 1).error(), Error::bad_address);
    EXPECT_EQ(ram_.at(page_size), std::byte{0});
}

TEST_F(GuestMemoryTest, range_that_wraps_is_refused_before_any_look_up)
{
    auto bytes = pattern(16);
    for (const std::uint64_t address : {~0ull, ~0ull - 14, ~0ull - 15}) {
        EXPECT_EQ(memory_.read(address, bytes).error(), Error::bad_address);
        EXPECT_EQ(memory_.write(address, bytes).error(), Error::bad_address);
    }
    EXPECT_EQ(memory_.check(page_size, ~0ull).error(), Error::bad_address);
    EXPECT_TRUE(ram_.lookups.empty());
}

TEST_F(GuestMemoryTest, nothing_to_copy_looks_nothing_up)
{
    EXPECT_TRUE(memory_.read(~0ull, {}).ok());
    EXPECT_TRUE(memory_.check(0, 0).ok());
    EXPECT_TRUE(ram_.lookups.empty());
}

// Each part of it may lie before, across, or behind the end of a page.
TEST_F(GuestMemoryTest, room_is_stored_to_and_loaded_from_in_any_part)
{
    constexpr std::size_t before = 12, bytes = 24; // of the room, and in its first page
    constexpr std::uint64_t address = 2 * page_size - before;
    auto room = memory_.room(address, bytes).take();
    for (std::size_t at = 0; at <= bytes; ++at)
        for (std::size_t length = 0; at + length <= bytes; ++length) {
            auto in = pattern(length);
            for (auto& byte : in)
                byte ^= static_cast<std::byte>(at + 1);
            room.store(in, at);
            std::vector<std::byte> out(length);
            room.load(out, at);
            EXPECT_EQ(out, in);
            for (std::size_t i = 0; i < length; ++i)
                EXPECT_EQ(ram_.at(address + at + i), in[i]) << at << ' ' << i;
        }
    EXPECT_EQ(ram_.lookups, (std::map<std::uint64_t, unsigned>{{1, 1}, {2, 1}}));
}

} // namespace
} // namespace lintel
