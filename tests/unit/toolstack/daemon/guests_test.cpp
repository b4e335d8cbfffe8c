// SPDX-License-Identifier: Apache-2.0
// Lives of guests: how they begin, how they end, what a new linteld finds.
#include "daemon/guests.hpp"

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

#include <lintel/hypercall.h>
#include <lintel/status.h>

#include "fakes/console_guest.hpp"
#include "fakes/disk_guest.hpp"
#include "fakes/guest_files.hpp"

namespace lintel {
namespace {

using namespace std::chrono_literals;

struct Listener final : Viewer {
    void output(std::string_view more) override { text += more; }
    void input_room() override {}
    void ended(const proto::End& how) override { end = how; }

    std::string text;
    std::optional<proto::End> end;
};

class GuestsTest : public ::testing::Test {
protected:
    GuestsTest()
    {
        std::signal(SIGIO, SIG_IGN);
        start();
    }

    // A linteld begins; the one before, if there was one, has been killed.
    void start()
    {
        guests_.reset();
        control_.reset();
        device_ = machine_.open();
        control_.emplace(*device_);
        guests_.emplace(loop_, *control_, StateFolder::open(files_.path("state")).take(),
                        disk_host(machine_));
        guests_->recover();
    }
    Guest& create(const std::string& name,
                  proto::DomainConfig::OnCrash on_crash = proto::DomainConfig::DESTROY)
    {
        auto config = files_.config(name);
        config.set_on_crash(on_crash);
        return *guests_
                    ->create(config, false, [this](Console& console) { console.attach(viewer_); })
                    .take();
    }
    // The hypervisor says that something changed, and linteld does all that follows.
    void settle()
    {
        guests_->look_for_ends();
        for (int i = 0; i < 20; ++i)
            loop_.step(1ms);
    }
    Guests::Waiter waiter()
    {
        return [this](const proto::End& end) { ends_.push_back(end.how()); };
    }
    bool exists(const std::string& name) { return guests_->find(name).ok(); }

    FakeMachine machine_;
    GuestFiles files_;
    Loop loop_;
    Listener viewer_;
    std::unique_ptr<FakeDevice> device_;
    std::optional<Control> control_;
    std::optional<Guests> guests_;
    std::vector<int> ends_;
};

TEST_F(GuestsTest, new_guest_runs_and_its_name_is_taken)
{
    auto& guest = create("web");
    EXPECT_EQ(machine_.domains.at(guest.record.domain()).unpaused, 1);
    const auto again = guests_->create(files_.config("web"), false, {});
    EXPECT_EQ(again.error().text, "there is a guest 'web' already; 'lintel destroy web' ends it");
    EXPECT_EQ(machine_.domains.size(), 2);
}

TEST_F(GuestsTest, paused_guest_does_not_run_until_it_is_unpaused)
{
    guests_->create(files_.config("web"), true, {}).take();
    EXPECT_EQ(machine_.domains.at(machine_.only()).unpaused, 0);
    EXPECT_TRUE(guests_->unpause("web").ok());
    EXPECT_EQ(machine_.domains.at(machine_.only()).unpaused, 1);
    EXPECT_TRUE(guests_->pause("web").ok());
    EXPECT_EQ(machine_.domains.at(machine_.only()).info.state, LINTEL_DOMAIN_PAUSED);
}

TEST_F(GuestsTest, failure_late_in_a_creation_leaves_nothing)
{
    const auto frames = machine_.free_frames;
    for (const auto call : {LINTEL_HC_domain_info, LINTEL_HC_domain_unpause}) {
        machine_.fail[call] = LINTEL_EAGAIN;
        EXPECT_FALSE(guests_->create(files_.config("web"), false, {}).ok());
        EXPECT_EQ(machine_.domains.size(), 1);
        EXPECT_EQ(machine_.free_frames, frames);
        EXPECT_EQ(device_->mappings(), 0);
        EXPECT_EQ(device_->ports(), 0);
        EXPECT_FALSE(exists("web"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(files_.path("state")));
}

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
