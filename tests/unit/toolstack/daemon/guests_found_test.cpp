// SPDX-License-Identifier: Apache-2.0
// What a new linteld makes of the domains that it finds.
#include "daemon/guests.hpp"

#include "fakes/console_guest.hpp"
#include "fakes/guests_of_linteld.hpp"

namespace lintel {
namespace {

TEST_F(GuestsTest, new_linteld_finds_running_guests_and_their_consoles)
{
    create("web", proto::DomainConfig::PRESERVE);
    guests_->create(files_.config("still"), true, {}).take();
    viewer_ = {};
    start();
    ASSERT_TRUE(exists("web"));
    EXPECT_TRUE(exists("still"));
    EXPECT_EQ(machine_.domains.at(1).unpaused, 1);
    EXPECT_EQ(machine_.domains.at(2).unpaused, 0);
    auto& web = *guests_->find("web").value();
    EXPECT_EQ(web.record.config().on_crash(), proto::DomainConfig::PRESERVE);
    web.console.attach(viewer_);
    ConsoleGuest guest{machine_, 1};
    guest.say("still here");
    guests_->port_fired(*web.console.port());
    EXPECT_EQ(viewer_.text, "still here");
    web.console.detach(viewer_);
}

TEST_F(GuestsTest, new_linteld_handles_what_happened_meanwhile)
{
    create("off");
    create("kept", proto::DomainConfig::PRESERVE);
    create("dying");
    guests_.reset();
    machine_.shut_down(1, LINTEL_SHUTDOWN_POWEROFF);
    machine_.crash(2, "oops");
    machine_.domains.at(3).info.state = LINTEL_DOMAIN_DYING;
    start();
    settle();
    EXPECT_FALSE(exists("off"));
    EXPECT_FALSE(exists("dying"));
    ASSERT_TRUE(exists("kept"));
    EXPECT_EQ(guests_->find("kept").value()->phase, Guest::Phase::preserved);
    EXPECT_EQ(machine_.domains.size(), 2);
}

TEST_F(GuestsTest, domain_that_was_never_finished_is_removed)
{
    const auto frames = machine_.free_frames;
    lintel_domain_create limits{};
    limits.max_frames = 100;
    const auto domain = control_->domain_create(limits).take();
    control_->domain_populate(domain, 0, 100).take();
    start();
    EXPECT_EQ(machine_.domains.size(), 1);
    EXPECT_EQ(machine_.free_frames, frames);
}

TEST_F(GuestsTest, domain_without_record_can_be_seen_and_ended)
{
    lintel_domain_create limits{};
    control_->domain_create(limits).take();
    machine_.domains.at(1).info.state = LINTEL_DOMAIN_RUNNING;
    start();
    ASSERT_TRUE(exists("domain-1"));
    guests_->destroy("domain-1", waiter()).take();
    settle();
    EXPECT_EQ(machine_.domains.size(), 1);
}

TEST_F(GuestsTest, record_of_an_earlier_domain_with_the_number_is_not_believed)
{
    create("web");
    guests_.reset();
    machine_.domains.at(1).info.created_ns += 1;
    start();
    EXPECT_FALSE(exists("web"));
    EXPECT_TRUE(exists("domain-1"));
}

TEST_F(GuestsTest, damaged_record_is_as_good_as_none)
{
    create("web");
    files_.write("state/domain-1", std::string{"config {"});
    start();
    EXPECT_TRUE(exists("domain-1"));
}

} // namespace
} // namespace lintel
