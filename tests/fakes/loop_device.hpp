// SPDX-License-Identifier: Apache-2.0
// A block device whose medium is a file in memory, for tests of what only a block device does. It
// takes root and a kernel that has loop devices: where there are none, `why` says so, and a test
// skips itself.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "liblintel/unique_fd.hpp"

namespace lintel {

// A file in memory with holes, or without: ramfs has no way to make one.
inline UniqueFd memory_file(std::size_t bytes, bool with_holes)
{
    UniqueFd file;
    if (with_holes) {
        file = UniqueFd{::memfd_create("medium", MFD_CLOEXEC)};
    } else {
        const UniqueFd made{static_cast<int>(::syscall(SYS_fsopen, "ramfs", 0))};
        ::syscall(SYS_fsconfig, made.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
        const UniqueFd mount{static_cast<int>(::syscall(SYS_fsmount, made.get(), 0, 0))};
        file = UniqueFd{::openat(mount.get(), "medium", O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    }
    return file && ::ftruncate(file.get(), static_cast<off_t>(bytes)) == 0 ? std::move(file)
                                                                           : UniqueFd{};
}

class LoopDevice {
public:
    LoopDevice(std::size_t bytes, bool with_holes)
    {
        const UniqueFd medium = memory_file(bytes, with_holes);
        const UniqueFd control{::open("/dev/loop-control", O_RDWR | O_CLOEXEC)};
        if (!medium || !control) {
            fail(medium ? "/dev/loop-control" : "a file in memory");
            return;
        }
        loop_config config{};
        config.fd = static_cast<__u32>(medium.get());
        // Goes with the last descriptor; may have partitions.
        config.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN;
        // Somebody else may take a number between the two steps.
        for (int i = 0; i < 10; i++) {
            const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
            path = "/dev/loop" + std::to_string(number);
            device_ = UniqueFd{number < 0 ? -1 : ::open(path.c_str(), O_RDWR | O_CLOEXEC)};
            if (device_ && ::ioctl(device_.get(), LOOP_CONFIGURE, &config) == 0)
                return;
        }
        fail(path);
    }
    ~LoopDevice()
    {
        if (!partition.empty()) {
            ::unlink(partition.c_str());
            change_partition(BLKPG_DEL_PARTITION, 0, 0);
        }
    }
    LoopDevice(const LoopDevice&) = delete;
    LoopDevice& operator=(const LoopDevice&) = delete;

    // Gives it one partition, whose node is `partition`; false, and `why`: that cannot be.
    bool divide(std::size_t begin, std::size_t bytes)
    {
        unsigned major = 0, minor = 0;
        char colon = 0;
        if (!change_partition(BLKPG_ADD_PARTITION, begin, bytes) ||
            !(std::ifstream{attribute("/" + name() + "p1/dev")} >> major >> colon >> minor)) {
            fail("a partition of " + path);
            return false;
        }
        partition = "/tmp/lintel-partition-" + std::to_string(::getpid());
        ::unlink(partition.c_str());
        if (::mknod(partition.c_str(), S_IFBLK | 0600, ::makedev(major, minor)) != 0)
            fail(partition);
        return why.empty();
    }

    // What its medium has done: Linux's Documentation/block/stat.rst.
    struct Done {
        std::uint64_t writes;
        std::uint64_t flushes;
    };
    Done done() const
    {
        std::ifstream file{attribute("/stat")};
        std::uint64_t value[17]{};
        for (auto& each : value)
            file >> each;
        return {value[4], value[15]};
    }

    std::string path;
    std::string partition; // empty: there is none
    std::string why;       // there is none; empty: there is one

private:
    std::string name() const { return path.substr(std::strlen("/dev/")); }
    std::string attribute(const std::string& which) const { return "/sys/block/" + name() + which; }
    bool change_partition(int operation, std::size_t begin, std::size_t bytes)
    {
        blkpg_partition part{};
        part.start = static_cast<long long>(begin);
        part.length = static_cast<long long>(bytes);
        part.pno = 1;
        blkpg_ioctl_arg argument{operation, 0, sizeof part, &part};
        return ::ioctl(device_.get(), BLKPG, &argument) == 0;
    }
    void fail(const std::string& what)
    {
        why = "no loop device here: " + what + ": " + std::strerror(errno);
        device_ = UniqueFd{};
    }

    UniqueFd device_;
};

} // namespace lintel
