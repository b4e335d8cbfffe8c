// SPDX-License-Identifier: Apache-2.0
#include "daemon/disk_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "block/status_file.hpp"

namespace lintel {
namespace {

constexpr const char* endings[] = {".pool", ".status", ".pid", ".wake", ".tell", ".said"};

// Memory that is there: writing to a page that a full file system has no room for would end the
// backend.
Outcome<UniqueFd> open_memory(const std::string& path, std::size_t bytes)
{
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0)
        return system_failure(path, errno);
    if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes)); error != 0)
        return system_failure(path, error);
    return fd;
}

// Open for both, so that neither side's absence is noticed by the other.
Outcome<UniqueFd> open_pipe(const std::string& path)
{
    if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST)
        return system_failure(path, errno);
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (!fd)
        return system_failure(path, errno);
    return fd;
}

} // namespace

Outcome<DiskFiles> DiskFiles::open(const std::string& stem, std::size_t pool_bytes)
{
    DiskFiles files;
    files.pool = TRY(open_memory(stem + ".pool", pool_bytes));
    files.status = TRY(open_memory(stem + ".status", block::page_bytes));
    files.wake = TRY(open_pipe(stem + ".wake"));
    files.tell = TRY(open_pipe(stem + ".tell"));
    files.said = TRY(open_pipe(stem + ".said"));
    return files;
}

void DiskFiles::remove(const std::string& stem)
{
    for (const auto* const ending : endings)
        ::unlink((stem + ending).c_str());
}

Outcome<UniqueFd> lock_status(const std::string& stem)
{
    const auto path = stem + ".status";
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
        return system_failure(path, errno);
    return fd;
}

Outcome<UniqueFd> new_number_file(const std::string& stem)
{
    const auto path = stem + ".pid";
    UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!fd)
        return system_failure(path, errno);
    return fd;
}

std::optional<pid_t> living_backend(const std::string& stem)
{
    const auto locked = lock_status(stem);
    if (locked.ok() || locked.error().code != EWOULDBLOCK)
        return {};
    const UniqueFd fd{::open((stem + ".pid").c_str(), O_RDONLY | O_CLOEXEC)};
    pid_t pid = 0;
    if (!fd || ::read(fd.get(), &pid, sizeof pid) != static_cast<ssize_t>(sizeof pid) || pid <= 0)
        return {};
    return pid;
}

} // namespace lintel
