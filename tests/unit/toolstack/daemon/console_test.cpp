// SPDX-License-Identifier: Apache-2.0
// A console between a guest that may do what it likes with its pages, and viewers.
#include "daemon/console.hpp"

#include <gtest/gtest.h>

#include "builder/build.hpp"
#include "fakes/console_guest.hpp"
#include "fakes/guest_files.hpp"

namespace lintel {
namespace {

using namespace std::chrono_literals;

struct Listener final : Viewer {
    void output(std::string_view more) override { text += more; }
    void input_room() override { ++rooms; }
    void ended(const proto::End& how) override { end = how; }

    std::string text;
    unsigned rooms = 0;
    std::optional<proto::End> end;
};

class ConsoleTest : public ::testing::Test {
protected:
    ConsoleTest() : device_{machine_.open()}, control_{*device_}
    {
        GuestFiles files;
        const auto built = build_guest(control_, {files.kernel, "", "", 64 << 20, 1});
        number_ = static_cast<std::uint32_t>(built.value().domain);
        port_ = built.value().ports.console;
        guest_.emplace(machine_, number_);
        console_.attach(viewer_);
    }

    void connect() { console_.connect(control_, DomainId{number_}, port_).take(); }
    // What linteld does when the device says that something fired.
    void serve()
    {
        std::array<LocalPort, 4> ports;
        for (auto fired = control_.fired(ports).take(); fired != 0;
             fired = control_.fired(ports).take()) {
            console_.serve();
            control_.unmask({ports.data(), fired});
        }
        for (int i = 0; i < 8; ++i)
            loop_.step(0ms);
    }
    bool told()
    {
        return std::exchange(
            machine_.domains.at(number_).ports.at(static_cast<std::uint32_t>(port_)), false);
    }

    std::uint32_t backend_state()
    {
        lintel_device device{};
        const auto page =
            machine_.read(number_, GuestLayout::devices_gpa + page_bytes, sizeof device);
        std::memcpy(&device, page.data(), sizeof device);
        return device.backend_state;
    }

    FakeMachine machine_;
    std::unique_ptr<FakeDevice> device_;
    Control control_;
    Loop loop_;
    Console console_{loop_};
    Listener viewer_;
    std::uint32_t number_ = 0;
    GuestPort port_{};
    std::optional<ConsoleGuest> guest_;
};

TEST_F(ConsoleTest, guest_is_told_whether_somebody_reads)
{
    EXPECT_EQ(backend_state(), LINTEL_STATE_ABSENT);
    connect();
    EXPECT_EQ(backend_state(), LINTEL_STATE_CONNECTED);
    console_.disconnect();
    EXPECT_EQ(backend_state(), LINTEL_STATE_ABSENT);
    connect();
    guest_->break_output();
    console_.serve();
    EXPECT_EQ(backend_state(), LINTEL_STATE_FAILED);
}

TEST_F(ConsoleTest, output_reaches_the_viewer_and_those_who_come_late)
{
    connect();
    guest_->say("hello\r\n");
    serve();
    EXPECT_EQ(viewer_.text, "hello\r\n");
    Listener late;
    console_.attach(late);
    EXPECT_EQ(late.text, "hello\r\n");
    console_.detach(viewer_);
    guest_->say("more");
    serve();
    EXPECT_EQ(viewer_.text, "hello\r\n");
    EXPECT_EQ(late.text, "hello\r\nmore");
    console_.detach(late);
}

TEST_F(ConsoleTest, more_than_the_ring_holds_comes_through_in_order)
{
    connect();
    std::string text;
    for (int i = 0; i < 10000; ++i)
        text += std::to_string(i) + ' ';
    std::string_view rest = text;
    for (int round = 0; round < 1000 && !rest.empty(); ++round) {
        rest = guest_->say(rest);
        serve();
    }
    EXPECT_EQ(viewer_.text, text);
}

TEST_F(ConsoleTest, what_was_said_before_is_there_when_linteld_comes)
{
    guest_->say("early");
    connect();
    EXPECT_EQ(viewer_.text, "early");
}

TEST_F(ConsoleTest, another_linteld_goes_on_where_one_died)
{
    connect();
    guest_->say("one ");
    serve();
    console_.input("typed ");
    guest_->say("two ");
    console_.disconnect(); // the ring keeps what nobody took
    guest_->say("three");
    connect();
    serve();
    EXPECT_EQ(viewer_.text, "one two three");
    console_.input("again");
    EXPECT_EQ(guest_->hear(), "typed again");
}

TEST_F(ConsoleTest, input_waits_for_room_and_viewers_hear_of_it)
{
    connect();
    guest_->hear(); // waits for input
    const std::string typed(20000, 'k');
    console_.input(typed);
    EXPECT_TRUE(told());
    EXPECT_TRUE(console_.input_full());
    EXPECT_EQ(viewer_.rooms, 0);
    std::string heard;
    for (int round = 0; round < 100 && heard.size() < typed.size(); ++round) {
        heard += guest_->hear();
        serve();
    }
    EXPECT_EQ(heard, typed);
    EXPECT_FALSE(console_.input_full());
    EXPECT_EQ(viewer_.rooms, 1);
}

TEST_F(ConsoleTest, flooding_guest_gets_its_share_and_no_more)
{
    connect();
    // A guest that fills the ring anew whenever linteld looks: here it has moved its index ahead of
    // the slots that one round takes, which the rules allow as long as linteld keeps up.
    std::size_t rounds = 0;
    for (; rounds < 50; ++rounds) {
        guest_->say(std::string(ConsoleGuest::slots * LINTEL_CONSOLE_TEXT, 'f'));
        console_.serve();
    }
    EXPECT_LE(viewer_.text.size(), rounds * ConsoleGuest::slots * LINTEL_CONSOLE_TEXT);
    EXPECT_GT(viewer_.text.size(), 0);
}

TEST_F(ConsoleTest, impossible_index_ends_the_console_and_lets_go_of_the_pages)
{
    connect();
    guest_->break_output();
    guest_->notify();
    serve();
    EXPECT_NE(viewer_.text.find("broke the rules"), std::string::npos);
    EXPECT_EQ(device_->mappings(), 0);
    EXPECT_EQ(device_->ports(), 0);
    guest_->notify();
    console_.serve();
    console_.input("nobody hears it");
    EXPECT_FALSE(console_.input_full());
}

TEST_F(ConsoleTest, slot_that_claims_more_than_it_holds_ends_the_console)
{
    connect();
    guest_->output_slot(0).bytes = LINTEL_CONSOLE_TEXT + 1;
    guest_->fill_output(0);
    guest_->notify();
    serve();
    EXPECT_NE(viewer_.text.find("broke the rules"), std::string::npos);
    EXPECT_EQ(device_->mappings(), 0);
}

TEST_F(ConsoleTest, rings_that_are_broken_already_are_left_alone)
{
    guest_->break_output();
    connect();
    EXPECT_NE(viewer_.text.find("broke the rules"), std::string::npos);
    EXPECT_EQ(device_->mappings(), 0);
}

TEST_F(ConsoleTest, viewer_that_leaves_while_it_is_told_takes_nothing_from_the_others)
{
    struct Leaving final : Viewer {
        explicit Leaving(Console& console) : console_{console} {}
        void output(std::string_view) override
        {
            ++told;
            console_.detach(*this);
        }
        void input_room() override {}
        void ended(const proto::End&) override {}

        unsigned told = 0;

    private:
        Console& console_;
    };
    connect();
    Leaving first{console_}, second{console_};
    Listener last;
    console_.attach(first);
    console_.attach(second);
    console_.attach(last);
    guest_->say("hello");
    serve();
    guest_->say(" again");
    serve();
    EXPECT_EQ(first.told, 1);
    EXPECT_EQ(second.told, 1);
    EXPECT_EQ(last.text, "hello again");
    EXPECT_EQ(viewer_.text, "hello again");
    console_.detach(last);
}

TEST_F(ConsoleTest, finish_takes_what_is_left)
{
    connect();
    guest_->say("last words");
    console_.finish();
    EXPECT_EQ(viewer_.text, "last words");
    EXPECT_EQ(device_->mappings(), 0);
    proto::End end;
    end.set_how(proto::End::HALT);
    console_.end(end);
    ASSERT_TRUE(viewer_.end);
    EXPECT_EQ(viewer_.end->how(), proto::End::HALT);
}

} // namespace
} // namespace lintel
