// SPDX-License-Identifier: Apache-2.0
// Guests that crash: destroyed, preserved or made anew, as their configurations say.
#include "daemon/guests.hpp"

#include "fakes/console_guest.hpp"
#include "fakes/guests_of_linteld.hpp"

namespace lintel {
namespace {

TEST_F(GuestsTest, crashed_guest_is_destroyed_by_default)
{
    create("web");
    create("other");
    machine_.crash(1, "triple fault");
    settle();
    EXPECT_FALSE(exists("web"));
    EXPECT_TRUE(exists("other"));
    EXPECT_EQ(viewer_.end->how(), proto::End::CRASH);
    EXPECT_EQ(viewer_.end->text(), "triple fault");
}

TEST_F(GuestsTest, crashed_guest_is_preserved_if_wanted)
{
    create("web", proto::DomainConfig::PRESERVE);
    machine_.crash(1, "triple fault");
    settle();
    EXPECT_EQ(viewer_.end->how(), proto::End::CRASH);
    EXPECT_TRUE(exists("web"));
    EXPECT_EQ(machine_.domains.size(), 2);
    EXPECT_FALSE(guests_->shut_down("web", ShutdownReason::poweroff, waiter()).ok());
    guests_->destroy("web", waiter()).take();
    settle();
    EXPECT_EQ(ends_, std::vector<int>{proto::End::CRASH});
    EXPECT_EQ(machine_.domains.size(), 1);
}

TEST_F(GuestsTest, crashed_guest_is_made_anew_until_it_crashes_too_often)
{
    create("web", proto::DomainConfig::RESTART);
    for (std::uint32_t crash = 1; crash <= 2; ++crash) {
        machine_.crash(machine_.only(), "oops");
        settle();
        ASSERT_TRUE(exists("web"));
        EXPECT_EQ(machine_.only(), crash + 1);
        EXPECT_EQ(guests_->find("web").value()->record.restarts(), crash);
        EXPECT_EQ(machine_.domains.at(machine_.only()).unpaused, 1);
        EXPECT_FALSE(viewer_.end);
    }
    EXPECT_NE(viewer_.text.find("[web crashed: oops; it is made anew]"), std::string::npos);
    ConsoleGuest{machine_, machine_.only()}.say("third life");
    machine_.crash(machine_.only(), "oops");
    settle();
    EXPECT_FALSE(exists("web"));
    EXPECT_EQ(viewer_.end->how(), proto::End::CRASH);
    EXPECT_NE(viewer_.text.find("third life"), std::string::npos);
    EXPECT_NE(viewer_.text.find("crashed 3 times within a minute"), std::string::npos);
}

TEST_F(GuestsTest, guest_that_cannot_be_made_anew_says_why)
{
    create("web", proto::DomainConfig::RESTART);
    std::filesystem::remove(files_.kernel);
    machine_.crash(machine_.only(), "oops");
    settle();
    EXPECT_FALSE(exists("web"));
    EXPECT_NE(viewer_.end->text().find("it cannot be made anew"), std::string::npos);
    EXPECT_EQ(machine_.domains.size(), 1);
}

TEST_F(GuestsTest, destroy_stops_a_restart)
{
    create("web", proto::DomainConfig::RESTART);
    machine_.domains.at(1).destroy_calls = 3;
    machine_.crash(1, "oops");
    guests_->look_for_ends();
    EXPECT_TRUE(guests_->destroy("web", waiter()).ok());
    settle();
    EXPECT_FALSE(exists("web"));
    EXPECT_EQ(machine_.domains.size(), 1);
}

} // namespace
} // namespace lintel
