// SPDX-License-Identifier: Apache-2.0
// Backends that are killed, and lintelds that follow each other, below a guest that goes on.
#include "daemon/guests.hpp"

#include <thread>

#include "fakes/disks_of_linteld.hpp"

namespace lintel {
namespace {

TEST_F(DisksTest, killed_backends_are_replaced_and_what_was_written_is_there)
{
    create(disk("vda")).take();
    const auto guest = driver("vda");
    pid_t last = 0;
    for (char round = 0; round < 3; ++round) {
        ASSERT_TRUE(wait_for_backend(last)) << shown().failure();
        ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
        EXPECT_EQ(request(*guest, LINTEL_BLOCK_WRITE, 4096u * round, 'a' + round),
                  LINTEL_BLOCK_DONE);
        last = static_cast<pid_t>(shown().pid());
        lintel_block_request slot{}; // one is in flight, or not yet seen
        slot.operation = LINTEL_BLOCK_WRITE;
        slot.offset = 64 * 4096;
        slot.bytes = 4096;
        guest->driver.queue(0).submit(slot);
        guest->driver.queue(0).publish();
        ::kill(last, SIGKILL);
        ASSERT_TRUE(serve_until(
            [&] { return guest->driver.page().state(Side::backend) != DeviceState::connected; }));
    }
    for (char round = 0; round < 3; ++round)
        EXPECT_EQ(content(4096u * round), std::string(4096, 'a' + round));
    EXPECT_EQ(shown().restarts(), 3);
    EXPECT_EQ(machine_.granted.at(machine_.only()), 257); // the pool's pages, once
}

TEST_F(DisksTest, pause_grows_while_backends_go_on_dying)
{
    create(disk("vda")).take();
    ASSERT_TRUE(wait_for_backend());
    std::vector<std::chrono::milliseconds> pauses;
    for (int round = 0; round < 3; ++round) {
        const auto last = static_cast<pid_t>(shown().pid());
        ::kill(last, SIGKILL);
        const auto begin = Loop::Clock::now();
        ASSERT_TRUE(serve_until(
            [&] { return shown().pid() != 0 && static_cast<pid_t>(shown().pid()) != last; }));
        pauses.push_back(
            std::chrono::duration_cast<std::chrono::milliseconds>(Loop::Clock::now() - begin));
    }
    EXPECT_GE(pauses[0], 95ms);
    EXPECT_GE(pauses[1], 195ms);
    EXPECT_GE(pauses[2], 395ms);
    EXPECT_EQ(shown().failure(), "the backend was ended by signal 9");
}

TEST_F(DisksTest, backend_goes_on_without_a_linteld_and_the_next_one_finds_it)
{
    create(disk("vda")).take();
    const auto guest = driver("vda");
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    const auto pid = static_cast<pid_t>(shown().pid());
    kill_linteld();
    EXPECT_EQ(read(*guest), LINTEL_BLOCK_DONE);
    start();
    EXPECT_EQ(static_cast<pid_t>(shown().pid()), pid);
    EXPECT_EQ(shown().backend_state(), proto::CONNECTED);
    EXPECT_EQ(shown().restarts(), 0);
    EXPECT_EQ(read(*guest), LINTEL_BLOCK_DONE);
    EXPECT_EQ(guest->driver.page().number(Side::backend), guest->driver.offer().generation);
    // And is replaced by the new one as well, on new grants of the same pool.
    ::kill(pid, SIGKILL);
    ASSERT_TRUE(wait_for_backend(pid));
    EXPECT_EQ(machine_.granted.at(machine_.only()), 2 * 257);
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    EXPECT_EQ(read(*guest), LINTEL_BLOCK_DONE);
}

TEST_F(DisksTest, backend_that_died_without_a_linteld_is_replaced_by_the_next)
{
    create(disk("vda")).take();
    const auto guest = driver("vda");
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    const auto pid = static_cast<pid_t>(shown().pid());
    kill_linteld();
    ::kill(pid, SIGKILL);
    while (living_backend(stem("vda"))) // its lock goes with it
        std::this_thread::sleep_for(1ms);
    EXPECT_EQ(guest->driver.page().state(Side::backend), DeviceState::connected); // nobody told
    start();
    ASSERT_TRUE(wait_for_backend(pid));
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    EXPECT_EQ(read(*guest), LINTEL_BLOCK_DONE);
}

TEST_F(DisksTest, guest_that_died_without_a_linteld_takes_its_backend_along)
{
    create(disk("vda")).take();
    ASSERT_TRUE(wait_for_backend());
    const auto pid = static_cast<pid_t>(shown().pid());
    const auto number = machine_.only();
    kill_linteld();
    machine_.domains.at(number).info.state = LINTEL_DOMAIN_DYING;
    start();
    ASSERT_TRUE(serve_until([&] { return machine_.domains.size() == 1; }));
    EXPECT_TRUE(std::filesystem::is_empty(files_.path("state")));
    int status = 0; // nobody has waited for it: it was found, not watched
    EXPECT_TRUE(serve_until([&] { return ::waitpid(pid, &status, WNOHANG) != 0; }));
}

TEST_F(DisksTest, backend_that_cannot_begin_is_tried_again_and_says_why)
{
    create(disk("vda")).take();
    ASSERT_TRUE(wait_for_backend());
    const auto pid = static_cast<pid_t>(shown().pid());
    std::filesystem::rename(image_, image_ + ".away");
    ::kill(pid, SIGKILL);
    ASSERT_TRUE(serve_until([&] {
        return shown().failure() == "lintel-block: " + image_ + ": No such file or directory";
    })) << shown().failure();
    std::filesystem::rename(image_ + ".away", image_);
    EXPECT_TRUE(wait_for_backend(pid));
}

TEST_F(DisksTest, guest_that_is_made_anew_has_its_disks_again)
{
    create(disk("vda"), proto::DomainConfig::RESTART).take();
    ASSERT_TRUE(wait_for_backend());
    const auto pid = static_cast<pid_t>(shown().pid());
    machine_.crash(machine_.only(), "for the test");
    guests_->look_for_ends();
    ASSERT_TRUE(serve_until([&] { return machine_.domains.contains(2); }));
    ASSERT_TRUE(wait_for_backend(pid)); // once the lock of the old one on the image is gone
    const auto guest = driver("vda");
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    EXPECT_EQ(read(*guest), LINTEL_BLOCK_DONE);
}

} // namespace
} // namespace lintel
