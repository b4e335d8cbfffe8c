// SPDX-License-Identifier: Apache-2.0
// Accesses that the kernel makes to a process's pages on its behalf. One for each process.
#pragma once

#include <cstdint>

#include "memory.hpp"

namespace vmrandom {

class KernelAccess {
public:
    KernelAccess();
    ~KernelAccess();
    KernelAccess(const KernelAccess&) = delete;
    KernelAccess& operator=(const KernelAccess&) = delete;

    // Each answers whether the kernel could; anything but "bad address" is a Failure.
    bool read(Path, std::uintptr_t, Sector&);
    bool write(Path, std::uintptr_t, const Sector&);
    bool force_read(std::uintptr_t, Sector&);
    bool force_write(std::uintptr_t, const Sector&);

private:
    int pipe_[2];
    int memory_; // /proc/self/mem, of the process that opened it
};

} // namespace vmrandom
