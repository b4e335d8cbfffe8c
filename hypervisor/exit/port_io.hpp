// SPDX-License-Identifier: Apache-2.0
// An access to a port the domain does not have: reads give ones, writes go nowhere, both are
// counted. Intel SDM Vol. 3, table "Exit Qualification for I/O Instructions".
#pragma once

#include <cstdint>

#include "support/result.hpp"

namespace lintel {

// Changes `rax` as IN would. String instructions would have to write guest memory through guest
// translations; no driver uses them on such a port, so they are an error (#GP in the guest).
inline Result<> refuse_port_access(std::uint64_t qualification, std::uint64_t& rax)
{
    constexpr std::uint64_t in = 1u << 3, string = 1u << 4;
    if ((qualification & string) != 0)
        return Error::not_permitted;
    if ((qualification & in) == 0)
        return {};
    switch (qualification & 7) { // bytes - 1
    case 0:
        rax |= 0xff;
        break;
    case 1:
        rax |= 0xffff;
        break;
    default:
        rax = 0xffff'ffff;
        break; // a 32-bit destination clears the upper half
    }
    return {};
}

} // namespace lintel
