// SPDX-License-Identifier: Apache-2.0
// What the hypervisor and the kernel count: VM exits and hypercalls by name, what it takes to have
// page tables sealed, and interrupts taken. On the bare machine all but the last are empty.
//
// While operations are measured the counters are only noted, as text in a file. Read into memory,
// they would be pages that the process has on Lintel and not on the bare machine, and each fork()
// copies those.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>

namespace bench {

using Counts = std::map<std::string, std::int64_t>;

struct Counters {
    Counts exits;      // /sys/hypervisor/exits
    Counts hypercalls; // /sys/hypervisor/hypercalls
    Counts seal;       // /sys/hypervisor/seal; empty where page tables are not sealed
    std::int64_t interrupts = 0;
};

// Where in the notes all counters of a moment are.
struct Moment {
    off_t begin, end;
};

struct Interval {
    Moment begin, end;
};

Moment note_counters();

// Of some work, less those of an interval without any: what reading itself adds.
Counters counted(const Interval& of_nothing, const Interval& of_work);

bool on_lintel();

} // namespace bench
