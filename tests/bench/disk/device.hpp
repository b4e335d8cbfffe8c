// SPDX-License-Identifier: Apache-2.0
// A block device under load: so many operations at a time, past the page cache. io_uring as it costs least:
// registered file and buffers, and one system call for many operations.
#pragma once

#include <cstring>
#include <string>

#include <fcntl.h>
#include <liburing.h>
#include <sys/mman.h>

#include "os/check.hpp"

namespace bench {

struct Load {
    std::string device;
    bool write = false;
    bool sequential = false;
    unsigned block = 4096;
    unsigned depth = 1;
    unsigned operations = 10000;
};

class Device {
public:
    explicit Device(const Load& load)
        : load_{load},
          file_{check(open(load.device.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC), load.device.c_str())},
          blocks_{static_cast<std::uint64_t>(check(lseek(file_, 0, SEEK_END), "lseek")) / load.block}
    {
        check_ring(io_uring_queue_init(load.depth, &ring_, 0), "io_uring_setup");
        const std::size_t bytes = std::size_t{load.depth} * load.block;
        buffers_ = static_cast<char*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
        if (buffers_ == MAP_FAILED)
            fail("mmap", std::strerror(errno));
        std::memset(buffers_, 0x5a, bytes);
        const iovec all{buffers_, bytes};
        check_ring(io_uring_register_buffers(&ring_, &all, 1), "registering the buffers");
        check_ring(io_uring_register_files(&ring_, &file_, 1), "registering the file");
    }

    // That many operations, `depth` at a time.
    void run(unsigned operations)
    {
        unsigned begun = 0, done = 0;
        for (; begun < operations && begun < load_.depth; ++begun)
            begin(begun);
        while (done < operations) {
            check_ring(io_uring_submit_and_wait(&ring_, 1), "io_uring_enter");
            for (io_uring_cqe* entry; io_uring_peek_cqe(&ring_, &entry) == 0; ++done) {
                const auto place = static_cast<unsigned>(entry->user_data);
                if (entry->res != static_cast<int>(load_.block))
                    fail(load_.device.c_str(), entry->res < 0 ? std::strerror(-entry->res) : "short");
                io_uring_cqe_seen(&ring_, entry);
                if (begun < operations) {
                    begin(place);
                    ++begun;
                }
            }
        }
    }

private:
    static void check_ring(int result, const char* what)
    {
        if (result < 0)
            fail(what, std::strerror(-result));
    }
    void begin(unsigned place)
    {
        io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
        char* const buffer = buffers_ + std::size_t{place} * load_.block;
        const std::uint64_t offset = next_block() * load_.block;
        if (load_.write)
            io_uring_prep_write_fixed(entry, 0, buffer, load_.block, offset, 0);
        else
            io_uring_prep_read_fixed(entry, 0, buffer, load_.block, offset, 0);
        io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
        io_uring_sqe_set_data64(entry, place);
    }
    std::uint64_t next_block()
    {
        if (load_.sequential)
            return sequence_++ % blocks_;
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return random_ % blocks_;
    }

    const Load& load_;
    int file_;
    std::uint64_t blocks_;
    io_uring ring_{};
    char* buffers_ = nullptr;
    std::uint64_t sequence_ = 0;
    std::uint64_t random_ = 88172645463325252;
};

} // namespace bench
