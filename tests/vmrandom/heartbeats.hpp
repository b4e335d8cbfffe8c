// SPDX-License-Identifier: Apache-2.0
// A private page of each worker that it writes to all the time, whatever else happens. In a child
// they stand still: a beat that shows there was written past the copy on write, through a
// translation that some CPU should have lost at the fork.
#pragma once

#include <cstdint>
#include <vector>

namespace vmrandom {

class Heartbeats {
public:
    explicit Heartbeats(unsigned workers);
    ~Heartbeats();
    Heartbeats(const Heartbeats&) = delete;
    Heartbeats& operator=(const Heartbeats&) = delete;

    void beat(unsigned worker) { *counter(worker) = *counter(worker) + 1; }
    std::vector<std::uint64_t> read() const; // of all workers

private:
    volatile std::uint64_t* counter(unsigned worker) const;

    unsigned workers_;
    void* pages_;
};

} // namespace vmrandom
