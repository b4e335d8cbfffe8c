// SPDX-License-Identifier: Apache-2.0
// Both sides of a console against each other, and against one that lies.
#include "client/console_channel.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "client/loopback.hpp"
#include "fakes/ring_start.hpp"

namespace lintel::client {
namespace {

constexpr std::size_t ring_slots = 1u << LINTEL_CONSOLE_ORDER;
constexpr std::size_t ring_bytes = ring_slots * LINTEL_CONSOLE_TEXT;

std::string letters(std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; i++)
        text += static_cast<char>('a' + i % 26);
    return text;
}

class ConsoleChannelTest : public testing::Test {
protected:
    using Notify = LoopbackPort::Sender;

    std::string output()
    {
        std::array<char, 4096> buffer;
        const Transfer read = backend_.read_output(buffer);
        EXPECT_EQ(read.fault, ConsoleFault::none);
        EXPECT_FALSE(read.more);
        return {buffer.data(), read.bytes};
    }
    lintel_ring& ring(unsigned page)
    {
        return *reinterpret_cast<lintel_ring*>(memory_.bytes().data() +
                                               page * LoopbackMemory::page);
    }
    lintel_console_slot& slot(unsigned page, unsigned n)
    {
        return reinterpret_cast<lintel_console_slot*>(&ring(page) + 1)[n];
    }
    // A slot of the output, as it is.
    void fill(std::uint32_t index)
    {
        fill_slot(&ring(0), sizeof(lintel_console_slot), LINTEL_CONSOLE_ORDER, index);
    }
    ConsoleChannel<Notify> attach() { return {memory_.first<2>(), to_guest_.sender()}; }

    LoopbackMemory memory_{2};
    LoopbackPort to_guest_;
    LoopbackPort to_backend_;
    ConsoleChannel<Notify> backend_ = attach();
    ConsoleTwin<Notify> guest_{memory_.first<2>(), to_backend_.sender()};
    std::array<char, 4096> buffer_;
};

TEST_F(ConsoleChannelTest, text_arrives_in_both_directions)
{
    EXPECT_EQ(guest_.write_output(std::string{"hello\n"}).bytes, 6u);
    EXPECT_TRUE(to_backend_.take());
    EXPECT_EQ(output(), "hello\n");

    EXPECT_EQ(backend_.write_input(std::string{"ls\n"}).bytes, 3u);
    EXPECT_TRUE(to_guest_.take());
    const Transfer read = guest_.read_input(buffer_);
    EXPECT_EQ(std::string_view(buffer_.data(), read.bytes), "ls\n");
}

TEST_F(ConsoleChannelTest, text_longer_than_a_slot_stays_together)
{
    const std::string text = letters(1000);
    EXPECT_EQ(guest_.write_output(text).bytes, text.size());
    EXPECT_EQ(output(), text);
}

TEST_F(ConsoleChannelTest, full_ring_takes_a_part_and_tells_when_there_is_room)
{
    const std::string text = letters(3000);
    EXPECT_EQ(guest_.write_output(text).bytes, ring_bytes);
    to_guest_.take();
    EXPECT_EQ(output(), text.substr(0, ring_bytes));
    EXPECT_TRUE(to_guest_.take());
    EXPECT_EQ(guest_.write_output(std::string_view{text}.substr(ring_bytes)).bytes,
              text.size() - ring_bytes);
    EXPECT_EQ(output(), text.substr(ring_bytes));
}

TEST_F(ConsoleChannelTest, notifications_come_once_for_what_was_waited_for)
{
    output(); // nothing yet: waits
    for (int i = 0; i < 5; i++)
        EXPECT_EQ(guest_.write_output(std::string{"."}).bytes, 1u);
    EXPECT_EQ(to_backend_.sent(), 1u);
    output();
    EXPECT_EQ(guest_.write_output(std::string{"."}).bytes, 1u);
    EXPECT_EQ(to_backend_.sent(), 2u);
}

TEST_F(ConsoleChannelTest, small_buffer_gets_what_surely_fits_and_hears_of_more)
{
    EXPECT_EQ(guest_.write_output(letters(200)).bytes, 200u);
    const Transfer read =
        backend_.read_output(std::span{buffer_}.first(LINTEL_CONSOLE_TEXT * 2 + 10));
    EXPECT_EQ(read.bytes, LINTEL_CONSOLE_TEXT * 2);
    EXPECT_TRUE(read.more);
    EXPECT_EQ(output(), letters(200).substr(LINTEL_CONSOLE_TEXT * 2));
}

TEST_F(ConsoleChannelTest, nothing_of_the_backends_memory_lies_behind_short_text)
{
    EXPECT_EQ(backend_.write_input(std::string{"x"}).bytes, 1u);
    EXPECT_EQ(slot(1, 0).bytes, 1u);
    for (std::size_t i = 1; i < LINTEL_CONSOLE_TEXT; i++)
        EXPECT_EQ(slot(1, 0).text[i], 0u);
}

TEST_F(ConsoleChannelTest, backend_that_was_replaced_goes_on_with_both_rings)
{
    EXPECT_EQ(guest_.write_output(std::string{"one "}).bytes, 4u);
    EXPECT_EQ(backend_.write_input(std::string{"1 "}).bytes, 2u);
    EXPECT_EQ(output(), "one ");
    EXPECT_EQ(guest_.write_output(std::string{"two"}).bytes, 3u);
    backend_ = attach();
    EXPECT_EQ(output(), "two");
    EXPECT_EQ(backend_.write_input(std::string{"2"}).bytes, 1u);
    const Transfer read = guest_.read_input(buffer_);
    EXPECT_EQ(std::string_view(buffer_.data(), read.bytes), "1 2");
}

TEST_F(ConsoleChannelTest, length_beyond_the_slot_is_a_fault_that_stays)
{
    for (const unsigned bytes : {LINTEL_CONSOLE_TEXT + 1, 64u, 0x8000u, 0xffffu}) {
        memory_.clear();
        backend_ = attach();
        slot(0, 0).bytes = 3;
        slot(0, 1).bytes = static_cast<std::uint16_t>(bytes);
        slot(0, 2).bytes = 3;
        for (std::uint32_t n = 0; n < 3; n++)
            fill(n);
        const Transfer read = backend_.read_output(buffer_);
        EXPECT_EQ(read.fault, ConsoleFault::output_length);
        EXPECT_EQ(read.bytes, 3u) << "what came before it";
        slot(0, 1).bytes = 3;
        EXPECT_EQ(backend_.read_output(buffer_).fault, ConsoleFault::output_length);
        EXPECT_EQ(backend_.write_input(std::string{"x"}).fault, ConsoleFault::output_length);
        EXPECT_EQ(ring(1).produced, 0u);
    }
}

TEST_F(ConsoleChannelTest, impossible_indices_are_told_apart)
{
    fill(ring_slots); // of the next lap
    EXPECT_EQ(backend_.read_output(buffer_).fault, ConsoleFault::output_ring);
    EXPECT_EQ(text(backend_.fault()), "an index or a lap of the output ring cannot be");

    memory_.clear();
    backend_ = attach();
    EXPECT_EQ(backend_.write_input(letters(ring_bytes)).bytes, ring_bytes);
    ring(1).consumed = 2 * ring_slots + 1;
    EXPECT_EQ(backend_.write_input(std::string{"x"}).fault, ConsoleFault::input_ring);

    backend_ = attach();
    EXPECT_EQ(backend_.fault(), ConsoleFault::input_ring) << "nor can one attach to that";
}

TEST_F(ConsoleChannelTest, endless_empty_slots_cost_a_bounded_time)
{
    for (int i = 0; i < 3; i++) {
        for (std::uint32_t n = 0; n < ring_slots; n++) // always full
            fill(ring(0).consumed + n);
        const Transfer read =
            backend_.read_output(std::span{buffer_}.first(10 * LINTEL_CONSOLE_TEXT));
        EXPECT_EQ(read.bytes, 0u);
        EXPECT_TRUE(read.more);
        EXPECT_EQ(ring(0).consumed, static_cast<std::uint32_t>(i + 1) * 10);
    }
}

TEST_F(ConsoleChannelTest, two_threads_that_sleep_when_there_is_nothing_to_do)
{
    const std::string text = letters(100'000);
    std::thread writer{[&] {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t sent =
                guest_.write_output(std::string_view{text}.substr(at, 5000)).bytes;
            at += sent;
            if (sent == 0)
                to_guest_.wait();
        }
    }};
    std::string heard;
    while (heard.size() < text.size()) {
        const Transfer read = backend_.read_output(buffer_);
        ASSERT_EQ(read.fault, ConsoleFault::none);
        heard.append(buffer_.data(), read.bytes);
        if (!read.more && heard.size() < text.size())
            to_backend_.wait();
    }
    writer.join();
    EXPECT_EQ(heard, text);
}

} // namespace
} // namespace lintel::client
