// SPDX-License-Identifier: Apache-2.0
#include "segments.hpp"

#include <asm/ldt.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

namespace vmrandom {

// Twice: the second LDT has the other of two places, and children have theirs in the first.
bool have_segment()
{
    user_desc segment{};
    segment.limit = 0xfffff;
    segment.seg_32bit = 1;
    segment.limit_in_pages = 1;
    for (int turn = 0; turn < 2; turn++) {
        // The call answers in 32 bits, so an error is no -1 of 64.
        const auto done = static_cast<int>(syscall(SYS_modify_ldt, 1, &segment, sizeof segment));
        const int error = done == -1 ? errno : -done;
        if (error == ENOSYS)
            return false;
        if (error != 0) {
            std::fprintf(stderr, "vmrandom: modify_ldt: %s\n", std::strerror(error));
            std::exit(1);
        }
    }
    return true;
}

} // namespace vmrandom
