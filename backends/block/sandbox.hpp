// SPDX-License-Identifier: Apache-2.0
// Gives up all that a backend needs no more once its files are open: whoever takes it over by a
// guest's requests has its own disk and the memory of its own guest.
#pragma once

#include <span>

#include "liblintel/outcome.hpp"

namespace lintel::block {

struct Sandbox {
    std::span<const int> files; // descriptors that stay open; the others are closed
    unsigned user;              // and group, if it is root that starts it
    int device = -1;            // a confined /dev/lintel among them, for which ioctl is allowed
};

// Before anything is mapped from the guest. No other thread may exist.
Outcome<> close_other_files(const Sandbox& sandbox);

// Last of all. From now on: another user, no capabilities, none to be had, and only the system
// calls of the loop; any other ends the process.
Outcome<> drop_privileges(const Sandbox& sandbox);

} // namespace lintel::block
