// SPDX-License-Identifier: Apache-2.0
// What the tests of guests' disks have in common: a linteld that can be killed, real backends, and
// a guest whose driver the test plays.
#pragma once

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include <lintel/hypercall.h>
#include <lintel/status.h>

#include "daemon/guests.hpp"
#include "fakes/disk_guest.hpp"
#include "fakes/guest_files.hpp"
#include "fakes/uring_refusal.hpp"

namespace lintel {

using namespace std::chrono_literals;
using client::DeviceState;
using client::Side;

inline constexpr std::size_t image_bytes = 1 << 20;

class DisksTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (const auto why = uring_refusal(); !why.empty())
            GTEST_SKIP() << why;
        std::signal(SIGIO, SIG_IGN);
        image_ = files_.write("image", std::string(image_bytes, 'i'));
        start();
    }
    void TearDown() override
    {
        if (guests_ && guests_->find("web").ok())
            guests_->destroy("web", [](auto&) {}).take();
        serve_until([&] { return machine_.domains.size() == 1; });
    }

    void kill_linteld()
    {
        guests_.reset();
        control_.reset();
        device_.reset();
    }
    void start()
    {
        kill_linteld();
        device_ = machine_.open();
        control_.emplace(*device_);
        guests_.emplace(loop_, *control_, StateFolder::open(files_.path("state")).take(),
                        disk_host(machine_));
        guests_->recover();
    }

    Disk::Config disk(const std::string& name)
    {
        Disk::Config config;
        config.set_name(name);
        config.set_path(image_);
        return config;
    }
    Outcome<Guest*> create(const Disk::Config& disk,
                           proto::DomainConfig::OnCrash on_crash = proto::DomainConfig::DESTROY)
    {
        auto config = files_.config("web");
        *config.add_disk() = disk;
        config.set_on_crash(on_crash);
        return guests_->create(config, false, {});
    }
    // The one guest's driver of a disk.
    std::unique_ptr<DiskGuest> driver(const std::string& name, std::uint32_t slot = 2)
    {
        return std::make_unique<DiskGuest>(machine_, machine_.only(), slot, stem(name));
    }
    std::string stem(const std::string& name)
    {
        return files_.path("state/domain-" + std::to_string(machine_.only()) + '.' + name);
    }

    template <typename Condition>
    bool serve_until(Condition condition)
    {
        const auto end = Loop::Clock::now() + 30s;
        while (!condition() && Loop::Clock::now() < end) {
            loop_.step(2ms);
            take_events();
        }
        return condition();
    }
    // What Daemon does.
    void take_events()
    {
        std::array<LocalPort, 8> ports;
        const auto fired = std::span{ports}.first(control_->fired(ports).take());
        for (const auto port : fired)
            guests_->port_fired(port);
        control_->unmask(fired);
    }
    proto::Disk shown() { return guests_->disks(nullptr).disks(0); }
    bool wait_for_backend(pid_t other_than = 0)
    {
        return serve_until([&] {
            return shown().pid() != 0 && static_cast<pid_t>(shown().pid()) != other_than &&
                   shown().backend_state() == proto::READY;
        });
    }
    static std::uint32_t request(DiskGuest& guest, std::uint8_t operation, std::uint64_t offset,
                                 char content = 0)
    {
        lintel_block_request slot{};
        slot.operation = operation;
        slot.offset = offset;
        slot.bytes = 4096;
        if (operation == LINTEL_BLOCK_WRITE)
            std::memset(guest.driver.pool(0).data(), content, 4096);
        return guest.driver.perform(slot).value_or(~0u);
    }
    static std::uint32_t read(DiskGuest& guest) { return request(guest, LINTEL_BLOCK_READ, 0); }
    std::string content(std::size_t at)
    {
        std::ifstream file{image_, std::ios::binary};
        file.seekg(static_cast<std::streamoff>(at));
        std::string bytes(4096, 0);
        file.read(bytes.data(), 4096);
        return bytes;
    }
    std::vector<std::string> files_of_disks()
    {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator{files_.path("state")})
            if (entry.path().extension() != "")
                names.push_back(entry.path().filename());
        return names;
    }

    FakeMachine machine_;
    GuestFiles files_;
    Loop loop_;
    std::string image_;
    std::unique_ptr<FakeDevice> device_;
    std::optional<Control> control_;
    std::optional<Guests> guests_;
};

} // namespace lintel
