// SPDX-License-Identifier: Apache-2.0
#include "kernel_access.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace vmrandom {

namespace {

void* pointer(std::uintptr_t address)
{
    return reinterpret_cast<void*>(address);
}

bool possible(ssize_t answer, const char* what)
{
    if (answer == sector_bytes)
        return true;
    if (answer < 0 && (errno == EFAULT || errno == EIO))
        return false;
    throw Failure{0, std::string{what} + (answer < 0 ? std::string{": "} + std::strerror(errno)
                                                     : " stopped in the middle")};
}

} // namespace

KernelAccess::KernelAccess()
{
    if (pipe2(pipe_, O_CLOEXEC) != 0)
        throw Failure{0, std::string{"pipe2: "} + std::strerror(errno)};
    memory_ = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (memory_ < 0)
        throw Failure{0, std::string{"/proc/self/mem: "} + std::strerror(errno)};
}

KernelAccess::~KernelAccess()
{
    for (const int fd : {pipe_[0], pipe_[1], memory_})
        close(fd);
}

bool KernelAccess::read(Path path, std::uintptr_t address, Sector& into)
{
    if (path == Path::remote) {
        const iovec local{into.data(), sector_bytes}, remote{pointer(address), sector_bytes};
        return possible(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), "process_vm_readv");
    }
    return possible(::write(pipe_[1], pointer(address), sector_bytes), "write to a pipe") &&
           possible(::read(pipe_[0], into.data(), sector_bytes), "read from a pipe");
}

bool KernelAccess::write(Path path, std::uintptr_t address, const Sector& from)
{
    Sector copy = from;
    if (path == Path::remote) {
        const iovec local{copy.data(), sector_bytes}, remote{pointer(address), sector_bytes};
        return possible(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), "process_vm_writev");
    }
    if (!possible(::write(pipe_[1], copy.data(), sector_bytes), "write to a pipe"))
        return false;
    if (possible(::read(pipe_[0], pointer(address), sector_bytes), "read from a pipe"))
        return true;
    possible(::read(pipe_[0], copy.data(), sector_bytes),
             "read from a pipe"); // it is still in there
    return false;
}

bool KernelAccess::force_read(std::uintptr_t address, Sector& into)
{
    return possible(pread(memory_, into.data(), sector_bytes, static_cast<off_t>(address)),
                    "/proc/self/mem");
}

bool KernelAccess::force_write(std::uintptr_t address, const Sector& from)
{
    return possible(pwrite(memory_, from.data(), sector_bytes, static_cast<off_t>(address)),
                    "/proc/self/mem");
}

} // namespace vmrandom
