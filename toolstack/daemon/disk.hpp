// SPDX-License-Identifier: Apache-2.0
// One disk of a guest: its backend's process, kept running, and what that shares with the guest. A
// backend that dies is replaced, after a pause that grows as long as they go on dying; the guest
// waits meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "block/status_file.hpp"
#include "client/device_page.hpp"
#include "client/shared_memory.hpp"

#include "control.pb.h"
#include "daemon/backend_process.hpp"
#include "daemon/disk_files.hpp"

namespace lintel {

class Disk {
public:
    struct Place {
        std::string guest; // its name
        DomainId domain;
        std::uint32_t slot;
        std::span<std::byte> page; // of the slot; outlives this
        std::string stem;          // of its files
        std::uint32_t queues;
    };
    using Config = proto::DomainConfig::Disk;

    // `tell` sends the guest an event: look at all device pages.
    Disk(Loop& loop, const DiskHost& host, Place place, const Config& config,
         std::function<void()> tell)
        : loop_{loop},
          host_{host},
          place_{std::move(place)},
          config_{config},
          tell_{std::move(tell)},
          page_{place_.page}
    {
    }
    Disk(const Disk&) = delete;
    ~Disk(); // the backend goes on

    // With a new backend, or with one that an earlier linteld has started. Fails for want of what
    // the files need; a backend that cannot begin is tried again, and says why.
    Outcome<> begin();
    void wake() const;   // the guest may have changed the device page
    void replace();      // the backend ends in order, and the next one looks at the image anew
    void withdraw();     // asks the guest to let go of it
    bool unused() const; // neither side uses anything of the other
    void end();          // for good, at once; files and all

    const Config& config() const { return config_; }
    std::uint32_t slot() const { return place_.slot; }
    proto::Disk describe() const;

private:
    bool adopt();
    void start();
    Outcome<> try_to_start();
    Outcome<> grant_pool();
    BackendProcess::Ended when_ended();
    void ended(const std::string& how);
    void start_later();
    void hear();
    void hear_words();

    Loop& loop_;
    const DiskHost& host_;
    Place place_;
    Config config_;
    std::function<void()> tell_;
    client::DevicePage page_;
    DiskFiles files_;
    block::SharedStatus status_;
    std::unique_ptr<Device> grants_; // by which the pool is granted, as long as somebody has it open
    std::vector<std::uint32_t> pool_lists_;
    std::optional<BackendProcess> process_;
    bool replacing_ = false; // its end was asked for
    Loop::Clock::time_point began_{};
    std::chrono::milliseconds pause_{0};
    Loop::Timer timer_ = 0;
    std::uint32_t restarts_ = 0;
    std::string said_;   // an unfinished line
    unsigned lines_ = 0; // that this backend has said
    std::string failure_;
};

} // namespace lintel
