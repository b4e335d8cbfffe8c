// SPDX-License-Identifier: Apache-2.0
// What linteld knows of one guest. It keeps its name over restarts; each time it is another domain.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control.pb.h"
#include "daemon/console.hpp"
#include "daemon/disks.hpp"

namespace lintel {

struct Guest {
    enum class Phase {
        live,      // runs, or is paused
        preserved, // crashed, and kept
        ending,    // its end has been noted; domain_destroy is under way
    };

    explicit Guest(const Disks::Shared& shared) : console{shared.loop}, disks{shared, record} {}
    Guest(const Guest&) = delete;

    const std::string& name() const { return record.config().name(); }
    DomainId domain() const { return DomainId{record.domain()}; }

    proto::DomainRecord record;
    Console console;
    Disks disks;
    Phase phase = Phase::live;
    proto::End end; // how, once it is not live
    bool restart = false;
    bool told_busy = false;                       // logged that somebody still maps its memory
    std::vector<Loop::Clock::time_point> crashes; // of the last minute
    std::vector<std::function<void(const proto::End&)>> waiters;
};

inline proto::End make_end(proto::End::How how, std::string text = {})
{
    proto::End end;
    end.set_how(how);
    end.set_text(std::move(text));
    return end;
}

} // namespace lintel
