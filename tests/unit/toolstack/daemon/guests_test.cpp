// SPDX-License-Identifier: Apache-2.0
// How guests begin.
#include "daemon/guests.hpp"

#include "fakes/guests_of_linteld.hpp"

namespace lintel {
namespace {

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

} // namespace
} // namespace lintel
