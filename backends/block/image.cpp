// SPDX-License-Identifier: Apache-2.0
#include "block/image.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace lintel::block {
namespace {

// Whether the kernel can zero parts of a block device without writing them, which is what a hole in
// one is. A partition has the queue of its disk.
bool device_erases(dev_t device)
{
    const auto folder =
        "/sys/dev/block/" + std::to_string(major(device)) + ':' + std::to_string(minor(device));
    for (const char* const queue : {"/queue", "/../queue"}) {
        std::ifstream file{folder + queue + "/write_zeroes_max_bytes"};
        if (std::uint64_t most = 0; file >> most)
            return most != 0;
    }
    return true; // unknown: it says so for each request
}

// A disk that says it is full, or gone, in the middle of a probe is found out by its first request.
bool can_punch(int fd, const struct stat& is, std::uint64_t bytes)
{
    if (!S_ISREG(is.st_mode))
        return device_erases(is.st_rdev);
    // Behind the end, so that nothing changes.
    const auto behind = static_cast<off_t>((bytes + 0xffff) & ~std::uint64_t{0xffff});
    return ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, behind, 4096) == 0;
}

// The kernel ends the ring of a process that was killed, and with it the I/O in flight, a moment
// after the process: the lock is kept until then, and whoever takes that one's place waits for it.
bool lock(int fd, bool read_only)
{
    constexpr int attempts = 300;
    for (int i = 0; i < attempts; i++) {
        if (::flock(fd, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
            return true;
        ::usleep(10'000);
    }
    return false;
}

// What offset and memory of direct I/O must be multiples of, as far as the kernel tells.
std::uint32_t least_sector(int fd, const struct stat& is)
{
    int device_sector = 512;
    if (S_ISBLK(is.st_mode))
        ::ioctl(fd, BLKSSZGET, &device_sector);
    struct statx more {};
#ifdef STATX_DIOALIGN
    constexpr unsigned direct_alignment = STATX_DIOALIGN;
#else
    constexpr unsigned direct_alignment = 0;
#endif
    std::uint32_t least = static_cast<std::uint32_t>(device_sector);
    if (direct_alignment != 0 && ::statx(fd, "", AT_EMPTY_PATH, direct_alignment, &more) == 0) {
#ifdef STATX_DIOALIGN
        least = std::max({least, more.stx_dio_offset_align, more.stx_dio_mem_align});
#endif
    }
    return least;
}

Outcome<std::uint64_t> size_of(int fd, const struct stat& is, const std::string& path)
{
    std::uint64_t bytes = static_cast<std::uint64_t>(is.st_size);
    if (S_ISBLK(is.st_mode) && ::ioctl(fd, BLKGETSIZE64, &bytes) != 0)
        return system_failure(path, errno);
    return bytes;
}

// Without a cache of its own where that is possible; where files are memory it is not.
UniqueFd open_direct(const std::string& path, bool read_only)
{
    const int mode = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    UniqueFd fd{::open(path.c_str(), mode | O_DIRECT)};
    return fd || errno != EINVAL ? std::move(fd) : UniqueFd{::open(path.c_str(), mode)};
}

// Nobody asks when an image was read last, and each read would look whether to write that down.
void keep_no_access_time(int fd)
{
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NOATIME); // for the owner and root; else as it was
}

} // namespace

Outcome<Image> Image::open(const ImageOptions& options)
{
    UniqueFd fd = open_direct(options.path, options.read_only);
    struct stat is {};
    if (!fd || ::fstat(fd.get(), &is) != 0)
        return system_failure(options.path, errno);
    if (!S_ISREG(is.st_mode) && !S_ISBLK(is.st_mode))
        return Failure{EINVAL, options.path + ": neither a file nor a block device"};
    if (!lock(fd.get(), options.read_only))
        return Failure{EBUSY, options.path + ": in use by another disk"};
    const std::uint64_t bytes = TRY(size_of(fd.get(), is, options.path));
    const std::uint32_t least = least_sector(fd.get(), is);
    const std::uint32_t sector = options.sector_bytes != 0 ? options.sector_bytes : least;
    if (sector < least || (sector != 512 && sector != 4096))
        return Failure{EINVAL, options.path + ": needs sectors of " + std::to_string(least) +
                                   " bytes, of 512 or 4096"};
    if (bytes == 0 || bytes % sector != 0)
        return Failure{EINVAL, options.path + ": its size is no multiple of " +
                                   std::to_string(sector) + " bytes, above 0"};
    keep_no_access_time(fd.get());
    const bool erases = !options.read_only && can_punch(fd.get(), is, bytes);
    return Image{.fd = std::move(fd),
                 .bytes = bytes,
                 .sector_bytes = sector,
                 .erase_bytes = std::max(sector, static_cast<std::uint32_t>(is.st_blksize)),
                 .read_only = options.read_only,
                 .erases = erases};
}

} // namespace lintel::block
