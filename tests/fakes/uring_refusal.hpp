// SPDX-License-Identifier: Apache-2.0
// Whether this kernel lets a process have an io_uring. Where it is forbidden, tests of the backend
// skip themselves.
#pragma once

#include <cstring>
#include <string>

#include <liburing.h>

namespace lintel {

// Why not; empty: it does.
inline std::string uring_refusal()
{
    io_uring ring;
    const int error = io_uring_queue_init(2, &ring, 0);
    if (error == 0)
        io_uring_queue_exit(&ring);
    return error == 0 ? "" : std::string{"no io_uring here: "} + std::strerror(-error);
}

} // namespace lintel
