// SPDX-License-Identifier: Apache-2.0
// System calls on /dev/lintel, and nothing else.
#include "liblintel/linux_device.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace lintel {
namespace {

constexpr const char* path = "/dev/lintel";

const char* way_out(int error)
{
    switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return "is this dom0 on Lintel, with a kernel that has CONFIG_LINTEL_CONTROL?";
    case EACCES:
    case EPERM:
        return "linteld has to run as root";
    default:
        return "see dmesg";
    }
}

} // namespace

Outcome<std::unique_ptr<LinuxDevice>> LinuxDevice::open()
{
    UniqueFd fd{::open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)};
    if (!fd) {
        const int error = errno;
        return Failure{error,
                       std::string{path} + ": " + std::strerror(error) + "; " + way_out(error)};
    }
    return std::unique_ptr<LinuxDevice>{new LinuxDevice{std::move(fd)}};
}

int LinuxDevice::request(std::uint32_t number, void* argument)
{
    int result;
    do
        result = ::ioctl(fd_.get(), number, argument);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

void* LinuxDevice::map(std::uint64_t offset, std::size_t bytes, bool writable)
{
    const int rights = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void* const address =
        ::mmap(nullptr, bytes, rights, MAP_SHARED, fd_.get(), static_cast<off_t>(offset));
    return address == MAP_FAILED ? nullptr : address;
}

void LinuxDevice::unmap(void* address, std::size_t bytes)
{
    ::munmap(address, bytes);
}

int LinuxDevice::read_ports(std::span<std::uint32_t> ports)
{
    const ssize_t bytes = ::read(fd_.get(), ports.data(), ports.size_bytes());
    if (bytes < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    return static_cast<int>(static_cast<std::size_t>(bytes) / sizeof(std::uint32_t));
}

int LinuxDevice::unmask_ports(std::span<const std::uint32_t> ports)
{
    const ssize_t bytes = ::write(fd_.get(), ports.data(), ports.size_bytes());
    return bytes < 0 ? -errno
                     : static_cast<int>(static_cast<std::size_t>(bytes) / sizeof(std::uint32_t));
}

} // namespace lintel
