// SPDX-License-Identifier: Apache-2.0
// The disks of one guest, and the event port by which it and its backends hear of each other. What
// disks there are is in the guest's record.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "builder/layout.hpp"
#include "daemon/disk.hpp"
#include "daemon/state_folder.hpp"

namespace lintel {

class Disks {
public:
    using Waiter = std::function<void(const Outcome<>&)>;

    // What all guests have in common; outlives this.
    struct Shared {
        Loop& loop;
        Control& control;
        const DiskHost& host;
        const StateFolder& state;
    };
    Disks(const Shared& shared, proto::DomainRecord& record) : shared_{shared}, record_{record} {}
    Disks(const Disks&) = delete;
    ~Disks() { disconnect(); } // backends go on

    // Those of the record, for a new domain or for one that an earlier linteld has served.
    Outcome<> begin();
    void end(); // of the guest: all backends, at once, and all that they had

    Outcome<> attach(const Disk::Config& config);
    // Asks the guest to let go of the disk, and takes it away when it has or when the time is over.
    Outcome<> detach(const std::string& name, std::chrono::seconds most, Waiter waiter);
    // To a larger image, or to what the image has by now if `bytes` is 0.
    Outcome<> resize(const std::string& name, std::uint64_t bytes);

    std::optional<LocalPort> port() const;
    void serve(); // the port has fired

    void describe(proto::DiskList& list) const;

private:
    using ByName = std::map<std::string, std::unique_ptr<Disk>>;
    struct Leaving { // a disk that is being detached
        std::vector<Waiter> waiters;
        Loop::Clock::time_point end; // not later
        Loop::Timer timer = 0;
    };

    std::string stem(const std::string& name) const;
    Outcome<> connect();
    void disconnect();
    Outcome<std::uint32_t> free_slot();
    Outcome<> add(const Disk::Config& config);
    Outcome<Disk*> find(const std::string& name);
    void look_at_leaving(const std::string& name);
    void forget(const std::string& name);

    Shared shared_;
    proto::DomainRecord& record_;
    std::optional<Mapping> area_; // the directory and the device pages
    std::optional<Port> port_;    // the directory's
    ByName disks_;
    std::map<std::string, Leaving> leaving_;
    std::uint32_t last_slot_ = GuestLayout::first_disk_slot - 1;
};

} // namespace lintel
