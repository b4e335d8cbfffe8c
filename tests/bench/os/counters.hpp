// SPDX-License-Identifier: Apache-2.0
// What the hypervisor and the kernel count: VM exits and hypercalls by name, what it takes to have page tables
// sealed, and interrupts taken. On the bare machine all but the last are empty.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace bench {

using Counts = std::map<std::string, std::int64_t>;

struct Counters {
    Counts exits;      // /sys/hypervisor/exits
    Counts hypercalls; // /sys/hypervisor/hypercalls
    Counts seal;       // /sys/hypervisor/seal; empty where page tables are not sealed
    std::int64_t interrupts = 0;
};

Counters read_counters();
Counters difference(const Counters& before, const Counters& after);

// Between two reads with nothing in between: what reading itself adds.
Counters cost_of_reading();

bool on_lintel();

} // namespace bench
