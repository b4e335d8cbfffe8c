// SPDX-License-Identifier: Apache-2.0
// What a disk's backend and linteld share, as files beside the guest's record, so that either finds
// it again: the pool, which the guest has mapped; a page of statistics; named pipes.
//
// The backend holds a lock on the page of statistics as long as it lives. Its number is in a file
// that it cannot write to, or one that was taken over could have another process ended.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "liblintel/outcome.hpp"
#include "liblintel/unique_fd.hpp"

namespace lintel {

struct DiskFiles {
    UniqueFd pool;
    UniqueFd status;
    UniqueFd wake; // to the backend: look at the device page
    UniqueFd tell; // from the backend: the page has changed
    UniqueFd said; // its words

    // `stem` is a path without ending. Those that are missing are made, the pool with memory for
    // all of it.
    static Outcome<DiskFiles> open(const std::string& stem, std::size_t pool_bytes);
    static void remove(const std::string& stem);
};

// The page of statistics, for a backend that is about to begin: whoever has it open holds the lock.
// Failure, code EWOULDBLOCK: one lives.
Outcome<UniqueFd> lock_status(const std::string& stem);
// For its number.
Outcome<UniqueFd> new_number_file(const std::string& stem);
// The backend that lives, if one does.
std::optional<pid_t> living_backend(const std::string& stem);

} // namespace lintel
