// SPDX-License-Identifier: Apache-2.0
// Ends of guests: wanted by somebody, or by the guest itself.
#include "daemon/guests.hpp"

#include <cerrno>

#include "fakes/console_guest.hpp"
#include "fakes/guests_of_linteld.hpp"

namespace lintel {
namespace {

TEST_F(GuestsTest, destroyed_guest_is_gone_with_all_its_frames)
{
    const auto frames = machine_.free_frames;
    machine_.destroy_calls = 5;
    create("web");
    EXPECT_TRUE(guests_->destroy("web", waiter()).ok());
    EXPECT_TRUE(ends_.empty()); // not before it is gone
    settle();
    EXPECT_EQ(ends_, std::vector<int>{proto::End::DESTROYED});
    EXPECT_EQ(viewer_.end->how(), proto::End::DESTROYED);
    EXPECT_FALSE(exists("web"));
    EXPECT_EQ(machine_.free_frames, frames);
    EXPECT_EQ(device_->mappings() + device_->ports(), 0);
    EXPECT_TRUE(std::filesystem::is_empty(files_.path("state")));
    EXPECT_EQ(guests_->destroy("web", waiter()).error().code, ENOENT);
}

TEST_F(GuestsTest, guest_whose_memory_is_mapped_elsewhere_goes_when_it_is_not)
{
    create("web");
    const auto number = machine_.only();
    machine_.mapped_elsewhere.insert(number);
    guests_->destroy("web", waiter()).take();
    settle();
    EXPECT_TRUE(ends_.empty());
    EXPECT_TRUE(guests_->destroy("web", waiter()).ok()); // impatience changes nothing
    create("other");                                     // others are not disturbed
    machine_.mapped_elsewhere.clear();
    for (int i = 0; i < 100 && ends_.size() < 2; ++i)
        loop_.step(10ms);
    EXPECT_EQ(ends_.size(), 2);
    EXPECT_FALSE(exists("web"));
    EXPECT_TRUE(exists("other"));
}

TEST_F(GuestsTest, guest_that_ends_by_itself_is_removed_and_says_how)
{
    const std::pair<std::uint32_t, proto::End::How> endings[] = {
        {LINTEL_SHUTDOWN_POWEROFF, proto::End::POWEROFF},
        {LINTEL_SHUTDOWN_HALT, proto::End::HALT},
        {LINTEL_SHUTDOWN_REBOOT, proto::End::REBOOT},
        {LINTEL_SHUTDOWN_CRASH, proto::End::CRASH},
        {77, proto::End::CRASH},
    };
    for (const auto& [reason, how] : endings) {
        create("web");
        ConsoleGuest{machine_, machine_.only()}.say("bye");
        machine_.shut_down(machine_.only(), reason);
        settle();
        ASSERT_TRUE(viewer_.end);
        EXPECT_EQ(viewer_.end->how(), how);
        EXPECT_EQ(viewer_.text, "bye");
        EXPECT_EQ(machine_.domains.size(), 1);
        viewer_ = {};
    }
}

TEST_F(GuestsTest, shutdown_is_asked_for_and_waited_for)
{
    create("web");
    EXPECT_TRUE(guests_->shut_down("web", ShutdownReason::reboot, waiter()).ok());
    EXPECT_EQ(machine_.domains.at(machine_.only()).asked, LINTEL_SHUTDOWN_REBOOT);
    settle();
    EXPECT_TRUE(ends_.empty());
    machine_.shut_down(machine_.only(), LINTEL_SHUTDOWN_REBOOT);
    settle();
    EXPECT_EQ(ends_, std::vector<int>{proto::End::REBOOT});
}

TEST_F(GuestsTest, paused_guest_cannot_be_asked)
{
    guests_->create(files_.config("web"), true, {}).take();
    EXPECT_EQ(guests_->shut_down("web", ShutdownReason::poweroff, waiter()).error().text,
              "web: is paused and cannot hear it; 'lintel unpause web' first");
}

TEST_F(GuestsTest, domain_that_somebody_else_destroyed_is_forgotten)
{
    create("web");
    guests_->find("web").value()->console.disconnect();
    machine_.domains.erase(1);
    settle();
    EXPECT_FALSE(exists("web"));
    EXPECT_EQ(viewer_.end->how(), proto::End::DESTROYED);
}

} // namespace
} // namespace lintel
