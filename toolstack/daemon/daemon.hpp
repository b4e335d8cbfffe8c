// SPDX-License-Identifier: Apache-2.0
// linteld's parts, put together: socket, guests, the hypervisor's events. Ending it, however,
// leaves the guests as they are; the next one finds them.
#pragma once

#include <string>

#include "daemon/guests.hpp"
#include "daemon/server.hpp"
#include "daemon/service.hpp"

namespace lintel {

class Daemon {
public:
    // `folder` is made if it is missing; it belongs to one linteld at a time.
    static Outcome<std::unique_ptr<Daemon>> start(Loop& loop, Control& control,
                                                  const std::string& folder, DiskHost host);
    ~Daemon();

    static std::string socket_in(const std::string& folder) { return folder + "/linteld.sock"; }

private:
    Daemon(Loop& loop, Control& control, StateFolder state, UniqueFd lock, DiskHost host);

    Outcome<> begin(const std::string& folder);
    void on_ports();

    Loop& loop_;
    Control& control_;
    UniqueFd lock_;
    Guests guests_;
    Server server_;
    Service service_;
    Port changes_; // VIRQ_DOMAIN
    bool watching_ = false;
};

} // namespace lintel
