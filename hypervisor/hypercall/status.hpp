// SPDX-License-Identifier: Apache-2.0
// Internal errors as the ABI's status codes. Total: a new Error does not compile until it is
// placed.
#pragma once

#include <cstdint>

#include <lintel/status.h>

#include "support/error.hpp"

namespace lintel {

constexpr std::int64_t status_of(Error error)
{
    switch (error) {
    case Error::bad_argument:
        return LINTEL_EINVAL;
    case Error::bad_address:
        return LINTEL_EFAULT;
    case Error::not_permitted:
        return LINTEL_EPERM;
    case Error::not_found:
        return LINTEL_ENOENT;
    case Error::exists:
        return LINTEL_EEXIST;
    case Error::busy:
        return LINTEL_EBUSY;
    case Error::limit_reached:
        return LINTEL_ENOSPC;
    case Error::no_memory:
        return LINTEL_ENOMEM;
    case Error::try_again:
        return LINTEL_EAGAIN;
    case Error::unknown_call:
        return LINTEL_ENOSYS;
    }
    __builtin_unreachable(); // the enum has no other values; -Werror=switch keeps this true
}

} // namespace lintel
