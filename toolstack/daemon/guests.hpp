// SPDX-License-Identifier: Apache-2.0
// The lives of all guests: made, watched, ended. What goes wrong with one is told to those who
// asked, and changes nothing for the others; long work is cut into pieces between which the loop
// goes on.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/guest.hpp"
#include "daemon/state_folder.hpp"

namespace lintel {

class Guests {
public:
    using Waiter = std::function<void(const proto::End&)>;
    using ByName = std::map<std::string, std::unique_ptr<Guest>>;

    Guests(Loop& loop, Control& control, StateFolder state, DiskHost host)
        : loop_{loop}, control_{control}, state_{std::move(state)}, host_{std::move(host)}
    {
    }

    // Finds what an earlier linteld left: guests go on, half-made ones are removed.
    void recover();

    // Without `paused` it runs already when this returns. `attach` is called before it does.
    Outcome<Guest*> create(const proto::DomainConfig& config, bool paused,
                           const std::function<void(Console&)>& attach);
    Outcome<> destroy(const std::string& name, Waiter waiter);
    Outcome<> shut_down(const std::string& name, ShutdownReason reason, Waiter waiter);
    Outcome<> pause(const std::string& name);
    Outcome<> unpause(const std::string& name);

    Outcome<> attach_disk(const std::string& name, const Disk::Config& disk);
    Outcome<> detach_disk(const std::string& name, const std::string& disk,
                          std::chrono::seconds most, Disks::Waiter waiter);
    Outcome<> resize_disk(const std::string& name, const std::string& disk, std::uint64_t bytes);
    proto::DiskList disks(const Guest* guest) const; // null: those of all

    Outcome<Guest*> find(const std::string& name);
    std::string name_of(DomainId domain) const;
    const Guest* of(DomainId domain) const;

    void look_for_ends(); // the hypervisor says that some domain's state changed
    void port_fired(LocalPort port);

private:
    Disks::Shared shared() { return {loop_, control_, host_, state_}; }
    Outcome<Guest*> find_live(const std::string& name);
    Outcome<> check_disk(const Disk::Config& disk) const;
    Outcome<> check_disks(const proto::DomainConfig& config) const;
    Outcome<> make(Guest& guest, bool paused, const std::function<void(Console&)>& attach);
    Outcome<> complete(Guest& guest, bool paused, const std::function<void(Console&)>& attach);
    void adopt(const lintel_domain_info& info);
    void look_at(Guest& guest);
    void crashed(Guest& guest);
    bool may_restart(Guest& guest);
    void begin_end(Guest& guest);
    void tear_down(const std::string& name);
    void gone(Guest& guest);
    void make_anew(Guest& guest);
    void forget(Guest& guest);

    Loop& loop_;
    Control& control_;
    StateFolder state_;
    DiskHost host_;
    ByName guests_;
};

} // namespace lintel
