// SPDX-License-Identifier: Apache-2.0
// Where the command reads and writes.
#pragma once

#include <string_view>

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace lintel {

inline void write_all(int fd, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t bytes = ::write(fd, text.data(), text.size());
        if (bytes > 0) {
            text.remove_prefix(static_cast<std::size_t>(bytes));
        } else if (errno == EAGAIN) { // somebody shares our terminal and made it non-blocking
            pollfd wait{fd, POLLOUT, 0};
            ::poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return; // nobody listens any more
        }
    }
}

struct Streams {
    int in = STDIN_FILENO;
    int out = STDOUT_FILENO;
    int error = STDERR_FILENO;
    bool json = false;

    void print(std::string_view text) const { write_all(out, text); }
    void complain(std::string_view text) const { write_all(error, text); }
};

} // namespace lintel
