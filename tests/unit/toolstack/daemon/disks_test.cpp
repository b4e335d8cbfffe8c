// SPDX-License-Identifier: Apache-2.0
// Disks of guests as linteld keeps them: real backends; the test plays the guest.
#include "daemon/guests.hpp"

#include "fakes/disks_of_linteld.hpp"

namespace lintel {
namespace {

TEST_F(DisksTest, guest_reads_and_writes_and_nothing_is_left_of_it)
{
    const auto frames = machine_.free_frames;
    auto config = files_.config("web");
    config.set_vcpus(2);
    *config.add_disk() = disk("vda");
    ASSERT_TRUE(guests_->create(config, false, {}).ok());
    const auto& limits = machine_.domains.at(machine_.only()).limits;
    EXPECT_GE(limits.foreign_frames, 2 * 257);
    EXPECT_EQ(limits.mappings, limits.foreign_frames);
    EXPECT_EQ(machine_.granted.at(machine_.only()), 2 * 257);
    const auto guest = driver("vda");
    ASSERT_TRUE(guest->driver.connect(4, 8, 20s));
    const auto description = guest->driver.page().description();
    EXPECT_EQ(description.device_class, LINTEL_DEVICE_BLOCK);
    EXPECT_STREQ(description.name, "vda");
    EXPECT_EQ(guest->driver.offer().queues, 2);
    EXPECT_EQ(guest->driver.config().bytes, image_bytes);
    EXPECT_NE(guest->driver.config().pool_list[1], 0);
    EXPECT_EQ(request(*guest, LINTEL_BLOCK_WRITE, 8192, 'w'), LINTEL_BLOCK_DONE);
    EXPECT_EQ(content(8192), std::string(4096, 'w'));
    ASSERT_TRUE(serve_until([&] { return shown().write().bytes() == 4096; }));
    EXPECT_EQ(shown().backend_state(), proto::CONNECTED);
    EXPECT_EQ(shown().bytes(), image_bytes);
    EXPECT_EQ(shown().guest(), "web");
    const auto pid = static_cast<pid_t>(shown().pid());
    guests_->destroy("web", [](auto&) {}).take();
    ASSERT_TRUE(serve_until([&] { return machine_.domains.size() == 1; }));
    ASSERT_TRUE(serve_until([&] { return ::kill(pid, 0) != 0; })); // and it was waited for
    EXPECT_TRUE(std::filesystem::is_empty(files_.path("state")));
    EXPECT_EQ(machine_.free_frames, frames);
    EXPECT_EQ(device_->mappings() + device_->ports(), 0);
}

TEST_F(DisksTest, event_of_the_guest_reaches_the_backend)
{
    create(disk("vda")).take();
    ASSERT_TRUE(wait_for_backend());
    const auto guest = driver("vda");
    UniqueFd wake{::open((stem("vda") + ".wake").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    ::kill(static_cast<pid_t>(shown().pid()), SIGSTOP); // so that it takes nothing
    std::byte call[512];
    while (::read(wake.get(), call, sizeof call) > 0)
        ;
    machine_.notify(machine_.only(), 1); // the directory's port
    bool woken = false;
    EXPECT_TRUE(
        serve_until([&] { return woken = woken || ::read(wake.get(), call, sizeof call) > 0; }));
    ::kill(static_cast<pid_t>(shown().pid()), SIGCONT);
    EXPECT_TRUE(machine_.domains.at(machine_.only()).ports.at(1)); // told of the offer
}

TEST_F(DisksTest, disk_is_attached_and_detached_while_the_guest_runs)
{
    guests_->create(files_.config("web"), false, {}).take();
    EXPECT_EQ(device_->mappings(), 1); // the console's: a guest without disks costs none
    ASSERT_TRUE(guests_->attach_disk("web", disk("vdb")).ok());
    EXPECT_EQ(guests_->attach_disk("web", disk("vdb")).error().code, EBUSY);
    auto guest = driver("vdb");
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    EXPECT_EQ(read(*guest), LINTEL_BLOCK_DONE);
    start(); // it is in the record
    EXPECT_EQ(shown().name(), "vdb");

    std::optional<bool> detached;
    ASSERT_TRUE(
        guests_->detach_disk("web", "vdb", 20s, [&](auto& outcome) { detached = outcome.ok(); })
            .ok());
    ASSERT_TRUE(serve_until([&] { return guest->driver.page().removed(); }));
    EXPECT_FALSE(detached);
    EXPECT_TRUE(guest->driver.close(20s));
    ASSERT_TRUE(serve_until([&] { return detached.has_value(); }));
    EXPECT_TRUE(*detached);
    EXPECT_EQ(guest->driver.page().description().device_class, LINTEL_DEVICE_NONE);
    EXPECT_STREQ(guest->driver.page().description().name, "");
    EXPECT_EQ(guest->driver.page().state(Side::backend), DeviceState::absent);
    EXPECT_EQ(guests_->disks(nullptr).disks_size(), 0);
    EXPECT_TRUE(files_of_disks().empty());
    EXPECT_EQ(guests_->detach_disk("web", "vdb", 1s, {}).error().code, ENOENT);

    ASSERT_TRUE(guests_->attach_disk("web", disk("vdc")).ok()); // not in the slot just left
    EXPECT_EQ(guest->driver.page().description().device_class, LINTEL_DEVICE_NONE);
    guest = driver("vdc", 3);
    EXPECT_TRUE(guest->driver.connect(1, 6, 20s));
}

TEST_F(DisksTest, guest_that_does_not_let_go_loses_its_disk_when_the_time_is_over)
{
    create(disk("vda")).take();
    const auto guest = driver("vda");
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    const auto pid = static_cast<pid_t>(shown().pid());
    unsigned told = 0;
    for (int i = 0; i < 2; ++i) // also of those who ask while it goes on
        guests_->detach_disk("web", "vda", 1s, [&](auto& outcome) { told += outcome.ok(); }).take();
    ASSERT_TRUE(serve_until([&] { return told == 2; }));
    EXPECT_TRUE(serve_until([&] { return ::kill(pid, 0) != 0; }));
    EXPECT_EQ(guest->driver.page().description().device_class, LINTEL_DEVICE_NONE);
}

TEST_F(DisksTest, disk_grows_while_the_guest_runs)
{
    create(disk("vda")).take();
    const auto guest = driver("vda");
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    const auto pid = static_cast<pid_t>(shown().pid());
    EXPECT_EQ(guests_->resize_disk("web", "vda", image_bytes / 2).error().code, EINVAL);
    EXPECT_EQ(guests_->resize_disk("web", "vda", 2 * image_bytes + 512).error().code, EINVAL);
    EXPECT_EQ(guests_->resize_disk("web", "vdb", 0).error().code, ENOENT);
    ASSERT_TRUE(guests_->resize_disk("web", "vda", 2 * image_bytes).ok());
    ASSERT_TRUE(serve_until(
        [&] { return guest->driver.page().state(Side::backend) != DeviceState::connected; }));
    EXPECT_TRUE(guest->driver.close(20s));
    ASSERT_TRUE(wait_for_backend(pid));
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    EXPECT_EQ(guest->driver.config().bytes, 2 * image_bytes);
    EXPECT_EQ(shown().restarts(), 0);
    EXPECT_EQ(request(*guest, LINTEL_BLOCK_READ, image_bytes), LINTEL_BLOCK_DONE);
}

TEST_F(DisksTest, images_that_cannot_be_are_refused_before_there_is_a_guest)
{
    const auto refused = [&](const std::string& path, const std::string& why) {
        auto config = disk("vda");
        config.set_path(path);
        const auto created = create(config);
        ASSERT_FALSE(created.ok());
        EXPECT_NE(created.error().text.find(why), std::string::npos) << created.error().text;
        EXPECT_EQ(machine_.domains.size(), 1);
    };
    refused("/nonexistent", "/nonexistent: No such file");
    refused("/dev/null", "neither a file nor a block device");
    refused(files_.write("empty", std::string{}), "is empty");
    auto config = files_.config("web");
    *config.add_disk() = disk("vda");
    *config.add_disk() = disk("vdb");
    EXPECT_NE(guests_->create(config, false, {}).error().text.find("is the disk 'vd"),
              std::string::npos);
    for (auto& one : *config.mutable_disk())
        one.set_read_only(true);
    EXPECT_TRUE(guests_->create(config, false, {}).ok());
    const auto other = guests_->attach_disk("web", disk("vdc"));
    EXPECT_EQ(other.error().text,
              image_ + ": is the disk 'vda' of web already; make both read_only, or copy it");
}

TEST_F(DisksTest, failure_late_in_a_creation_leaves_no_backend)
{
    machine_.fail[LINTEL_HC_domain_unpause] = LINTEL_EAGAIN;
    EXPECT_FALSE(create(disk("vda")).ok());
    EXPECT_TRUE(std::filesystem::is_empty(files_.path("state")));
    EXPECT_EQ(machine_.domains.size(), 1);
    EXPECT_EQ(device_->mappings() + device_->ports(), 0);
}

TEST_F(DisksTest, limits_and_rights_of_the_configuration_hold)
{
    auto config = disk("vda");
    config.set_read_only(true);
    config.set_sector_bytes(4096);
    config.mutable_limits()->set_operations_per_second(20);
    create(config).take();
    const auto guest = driver("vda");
    ASSERT_TRUE(guest->driver.connect(1, 6, 20s));
    EXPECT_EQ(guest->driver.config().sector_bytes, 4096);
    EXPECT_EQ(guest->driver.config().flags, LINTEL_BLOCK_READ_ONLY);
    EXPECT_EQ(request(*guest, LINTEL_BLOCK_WRITE, 0, 'x'), LINTEL_BLOCK_WRITE_DENIED);
    const auto begin = Loop::Clock::now();
    for (int i = 0; i < 12; ++i)
        EXPECT_EQ(read(*guest), LINTEL_BLOCK_DONE);
    EXPECT_GE(Loop::Clock::now() - begin, 400ms); // 12 at 20 a second, but for a burst of 2
    EXPECT_EQ(content(0), std::string(4096, 'i'));
    EXPECT_TRUE(serve_until([&] { return shown().refused() == 1 && shown().throttled() > 0; }));
}

} // namespace
} // namespace lintel
