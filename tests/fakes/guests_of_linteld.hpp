// SPDX-License-Identifier: Apache-2.0
// What the tests of guests' lives have in common: a linteld that can be killed, and somebody who
// listens to a console.
#pragma once

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <lintel/hypercall.h>
#include <lintel/status.h>

#include "daemon/guests.hpp"
#include "fakes/disk_guest.hpp"
#include "fakes/guest_files.hpp"

namespace lintel {

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

} // namespace lintel
