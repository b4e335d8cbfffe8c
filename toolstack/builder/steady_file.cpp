// SPDX-License-Identifier: Apache-2.0
#include "builder/steady_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace lintel {
namespace {

Outcome<std::vector<std::byte>> read_all(const std::string& path, int fd, std::size_t size)
{
    std::vector<std::byte> content(size);
    std::size_t done = 0;
    while (done < size) {
        const ssize_t bytes =
            ::pread(fd, content.data() + done, size - done, static_cast<off_t>(done));
        if (bytes < 0)
            return system_failure(path, errno);
        if (bytes == 0)
            return Failure{EIO, path + ": became shorter while it was read; try again"};
        done += static_cast<std::size_t>(bytes);
    }
    return content;
}

} // namespace

SteadyFile::SteadyFile(SteadyFile&& other) noexcept
    : fd_{std::move(other.fd_)},
      bytes_{std::exchange(other.bytes_, {})},
      copy_{std::move(other.copy_)}
{
}

SteadyFile::~SteadyFile()
{
    if (copy_.empty() && !bytes_.empty())
        ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Outcome<SteadyFile> SteadyFile::open(const std::string& path, std::size_t most)
{
    SteadyFile file;
    // Without O_NONBLOCK a pipe of that name would make everybody wait.
    file.fd_ = UniqueFd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status {};
    if (!file.fd_)
        return system_failure(path, errno);
    const int fd = file.fd_.get();
    const bool leased = ::fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
    if (!leased && errno == EAGAIN)
        return Failure{EAGAIN, path + ": is being written; try again when that is done"};
    if (::fstat(fd, &status) != 0) // after the lease: from now on the size is final
        return system_failure(path, errno);
    if (!S_ISREG(status.st_mode))
        return Failure{EINVAL, path + ": is not a file"};
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > most)
        return Failure{EFBIG, fmt::format("{}: has {} bytes, more than {}", path, size, most)};
    if (size == 0)
        return file;
    if (!leased) {
        file.copy_ = TRY(read_all(path, fd, size));
        file.bytes_ = file.copy_;
        return file;
    }
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (address == MAP_FAILED)
        return system_failure(path, errno);
    file.bytes_ = {static_cast<const std::byte*>(address), size};
    return file;
}

} // namespace lintel
