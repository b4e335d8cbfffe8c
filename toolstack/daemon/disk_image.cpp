// SPDX-License-Identifier: Apache-2.0
#include "daemon/disk_image.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "liblintel/unique_fd.hpp"

namespace lintel {

Outcome<> check_image(const proto::DomainConfig::Disk& disk)
{
    const int mode = disk.read_only() ? O_RDONLY : O_RDWR;
    const UniqueFd fd{::open(disk.path().c_str(), mode | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    struct stat is {};
    if (!fd || ::fstat(fd.get(), &is) != 0)
        return system_failure(disk.path(), errno);
    if (!S_ISREG(is.st_mode) && !S_ISBLK(is.st_mode))
        return Failure{EINVAL, disk.path() + ": neither a file nor a block device"};
    if (S_ISREG(is.st_mode) && is.st_size == 0)
        return Failure{EINVAL, disk.path() + ": is empty; 'truncate -s 1G' gives it a size"};
    return {};
}

bool disturb_each_other(const proto::DomainConfig::Disk& one,
                        const proto::DomainConfig::Disk& other)
{
    struct stat is {
    }, and_is{};
    if ((one.read_only() && other.read_only()) || ::stat(one.path().c_str(), &is) != 0 ||
        ::stat(other.path().c_str(), &and_is) != 0)
        return false;
    if (S_ISBLK(is.st_mode) && S_ISBLK(and_is.st_mode))
        return is.st_rdev == and_is.st_rdev;
    return is.st_dev == and_is.st_dev && is.st_ino == and_is.st_ino;
}

} // namespace lintel
