// SPDX-License-Identifier: Apache-2.0
// When what was prepared for a disk is handed to it, before all of a batch is prepared.
//
// A disk that works by itself can do the first requests while the others are prepared; one that
// does its work within the system call gains nothing by more of those.
#pragma once

#include <algorithm>
#include <utility>

namespace lintel::block {

class Portions {
public:
    static constexpr unsigned least = 4; // requests that are worth a system call

    // One more is prepared. True: hand over what is prepared now: the disk has no more than that to
    // do.
    [[nodiscard]] bool prepared()
    {
        waiting_++;
        return works_by_itself_ && waiting_ >= std::max(least, at_disk_);
    }
    void handed_over() { at_disk_ += std::exchange(waiting_, 0u); }
    void ended() { at_disk_--; }
    bool busy() const { return at_disk_ != 0; }
    // It was busy; then all that had ended at once was seen, without waiting.
    void looked() { works_by_itself_ = busy(); }

private:
    unsigned waiting_ = 0;
    unsigned at_disk_ = 0;
    bool works_by_itself_ = false; // found out by the first batch, and by each one anew
};

} // namespace lintel::block
