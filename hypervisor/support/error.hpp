// SPDX-License-Identifier: Apache-2.0
// Why an operation failed, inside the hypervisor. Guests see status codes instead: one total switch
// in hypercall/status.hpp translates, so neither list can grow without the other being looked at.
#pragma once

#include <cstdint>

namespace lintel {

enum class Error : std::uint8_t {
    bad_argument,  // a value, flag or reserved field that has no meaning
    bad_address,   // a guest-physical range that is not the domain's own RAM
    not_permitted, // the caller may not do this
    not_found,     // no such object
    exists,        // the object is there already
    busy,          // the object is in use
    limit_reached, // a limit fixed at creation
    no_memory,     // no frame left
    try_again,     // not now
    unknown_call,  // no such hypercall
};

} // namespace lintel
