// SPDX-License-Identifier: Apache-2.0
// How lintel ends: lintel(1), "EXIT STATUS".
#pragma once

#include "control.pb.h"

namespace lintel {

enum class ExitStatus : int {
    done = 0, // also: the guest has powered off or halted
    failed = 1,
    usage = 2, // of the command, or in a configuration
    rebooted = 64,
    crashed = 65,
    destroyed = 66,
    detached = 67,
    connection_lost = 68,
};

inline ExitStatus exit_status(const proto::End& end)
{
    switch (end.how()) {
    case proto::End::POWEROFF:
    case proto::End::HALT:
        return ExitStatus::done;
    case proto::End::REBOOT:
        return ExitStatus::rebooted;
    case proto::End::CRASH:
        return ExitStatus::crashed;
    case proto::End::DESTROYED:
        return ExitStatus::destroyed;
    default: // of a newer linteld
        return ExitStatus::failed;
    }
}

} // namespace lintel
