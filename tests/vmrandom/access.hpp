// SPDX-License-Identifier: Apache-2.0
// One access of the calling thread to a sector of memory. A fault has to tell the right address,
// code and kind of access, or it is a Failure.
#pragma once

#include <cstdint>

#include "memory.hpp"

namespace vmrandom {

struct Place {
    std::uint32_t page; // for messages
    std::uintptr_t address;
};

Outcome read_at(const Place&, Sector&);
Outcome write_at(const Place&, const Sector&);
Outcome execute_at(const Place&, Stamp&); // calls the function that a sector begins with

} // namespace vmrandom
