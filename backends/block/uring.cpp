// SPDX-License-Identifier: Apache-2.0
#include "block/uring.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace lintel::block {
namespace {

// Indices of registered files.
constexpr int image_file = 0, signal_file = 1, clock_file = 2; // and behind it the wakes

constexpr unsigned submissions = 256; // at a time; more are submitted in portions

constexpr std::array operations{IORING_OP_READ,   IORING_OP_WRITE,      IORING_OP_READV,
                                IORING_OP_WRITEV, IORING_OP_READ_FIXED, IORING_OP_WRITE_FIXED,
                                IORING_OP_FSYNC,  IORING_OP_FALLOCATE,  IORING_OP_POLL_ADD};

int erase_mode(const Io& io)
{
    const bool allocated = io.operation == Operation::zeroes && io.keep;
    return FALLOC_FL_KEEP_SIZE | (allocated ? FALLOC_FL_ZERO_RANGE : FALLOC_FL_PUNCH_HOLE);
}

void prepare_data(io_uring_sqe* entry, const Io& io, bool registered)
{
    const iovec& first = io.where.front();
    const bool read = io.operation == Operation::read;
    const auto length = static_cast<unsigned>(first.iov_len);
    void* const place = first.iov_base;
    const auto pool = static_cast<int>(io.token.queue);
    const auto pieces = static_cast<unsigned>(io.where.size());
    if (io.pooled && registered && read)
        io_uring_prep_read_fixed(entry, image_file, place, length, io.offset, pool);
    else if (io.pooled && registered)
        io_uring_prep_write_fixed(entry, image_file, place, length, io.offset, pool);
    else if (pieces == 1 && read)
        io_uring_prep_read(entry, image_file, place, length, io.offset);
    else if (pieces == 1)
        io_uring_prep_write(entry, image_file, place, length, io.offset);
    else if (read)
        io_uring_prep_readv(entry, image_file, io.where.data(), pieces, io.offset);
    else
        io_uring_prep_writev(entry, image_file, io.where.data(), pieces, io.offset);
    if (io.through)
        entry->rw_flags = RWF_DSYNC;
}

UniqueFd ticking_clock()
{
    constexpr timespec each{.tv_sec = static_cast<time_t>(Uring::tick / Rate::second),
                            .tv_nsec = static_cast<long>(Uring::tick % Rate::second)};
    constexpr itimerspec when{.it_interval = each, .it_value = each};
    UniqueFd clock{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
    if (clock && ::timerfd_settime(clock.get(), 0, &when, nullptr) != 0)
        return {};
    return clock;
}

} // namespace

Outcome<std::unique_ptr<Uring>> Uring::make(const Setup& setup)
{
    std::unique_ptr<Uring> made{new Uring};
    if (const int error = made->begin(setup); error != 0)
        return system_failure("io_uring", -error);
    return made;
}

Uring::~Uring()
{
    if (made_)
        io_uring_queue_exit(&ring_);
}

int Uring::begin(const Setup& setup)
{
    // An older kernel knows fewer ways to save work; all of them do the same.
    constexpr unsigned ways[] = {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
                                 IORING_SETUP_COOP_TASKRUN, 0};
    int error = -EINVAL;
    for (const unsigned way : ways) {
        io_uring_params how{};
        how.flags = way | IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE;
        how.cq_entries = std::max(2 * submissions, 2 * setup.flights);
        error = io_uring_queue_init_params(submissions, &ring_, &how);
        if (error != -EINVAL)
            break;
    }
    if (error != 0)
        return error;
    made_ = true;
    assert(setup.wakes.size() <= most_wakes);
    clock_ = ticking_clock();
    if (!clock_)
        return -errno;
    std::vector<int> files{setup.image, setup.signals, clock_.get()};
    files.insert(files.end(), setup.wakes.begin(), setup.wakes.end());
    const auto count = static_cast<unsigned>(files.size());
    if ((error = io_uring_register_files(&ring_, files.data(), count)) != 0)
        return error;
    // Pinned memory can be limited; then the kernel looks the pages up for each request.
    pools_registered_ = io_uring_register_buffers(&ring_, setup.pools.data(),
                                                  static_cast<unsigned>(setup.pools.size())) == 0;
    if ((error = restrict()) != 0 || (error = io_uring_enable_rings(&ring_)) != 0)
        return error;
    for (std::size_t i = 0; i < setup.wakes.size(); i++)
        listen_by_polling(first_wake_data + i);
    listen_by_polling(clock_data);
    listen_for_signals();
    return 0;
}

int Uring::restrict()
{
    std::array<io_uring_restriction, operations.size() + 2> rules{};
    for (std::size_t i = 0; i < operations.size(); i++) {
        rules[i].opcode = IORING_RESTRICTION_SQE_OP;
        rules[i].sqe_op = static_cast<__u8>(operations[i]);
    }
    rules[operations.size()].opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED;
    rules[operations.size()].sqe_flags = IOSQE_FIXED_FILE;
    rules[operations.size() + 1].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
    rules[operations.size() + 1].sqe_flags = IOSQE_FIXED_FILE;
    return io_uring_register_restrictions(&ring_, rules.data(), rules.size());
}

io_uring_sqe* Uring::next_entry()
{
    io_uring_sqe* entry;
    while ((entry = io_uring_get_sqe(&ring_)) == nullptr)
        io_uring_submit(&ring_); // takes all entries, unless memory is short: then again
    return entry;
}

void Uring::start(const Io& io)
{
    io_uring_sqe* const entry = next_entry();
    switch (io.operation) {
    case Operation::read:
    case Operation::write:
        prepare_data(entry, io, pools_registered_);
        break;
    case Operation::flush:
        io_uring_prep_fsync(entry, image_file, IORING_FSYNC_DATASYNC);
        break;
    case Operation::discard:
    case Operation::zeroes:
        io_uring_prep_fallocate(entry, image_file, erase_mode(io), static_cast<off_t>(io.offset),
                                static_cast<off_t>(io.bytes));
        break;
    }
    io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
    io_uring_sqe_set_data64(entry, std::uint64_t{io.token.queue} << 32 | io.token.flight);
    if (portions_.prepared()) {
        io_uring_submit(&ring_);
        portions_.handed_over();
    }
}

void Uring::submit(Nanoseconds most)
{
    portions_.handed_over();
    if (most == 0) {
        // Also has the kernel finish what is waiting for this thread.
        io_uring_submit_and_get_events(&ring_);
        return;
    }
    if (most >= tick) {
        io_uring_submit_and_wait(&ring_, 1);
        return;
    }
    __kernel_timespec time{.tv_sec = static_cast<long long>(most / Rate::second),
                           .tv_nsec = static_cast<long long>(most % Rate::second)};
    io_uring_cqe* first = nullptr;
    io_uring_submit_and_wait_timeout(&ring_, &first, 1, &time, nullptr);
}

// Once, so that it tells again what was not read.
void Uring::listen_by_polling(std::uint64_t data)
{
    const int file = clock_file + static_cast<int>(data - clock_data);
    io_uring_sqe* const entry = next_entry();
    io_uring_prep_poll_add(entry, file, POLLIN);
    io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
    io_uring_sqe_set_data64(entry, data);
}

void Uring::listen_for_signals()
{
    io_uring_sqe* const entry = next_entry();
    io_uring_prep_read(entry, signal_file, &signal_, sizeof signal_, 0);
    io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
    io_uring_sqe_set_data64(entry, signal_data);
}

void Uring::listened(const io_uring_cqe& entry, Woken& woken)
{
    if (entry.user_data == clock_data) {
        std::uint64_t ticks;
        [[maybe_unused]] const ssize_t taken = ::read(clock_.get(), &ticks, sizeof ticks);
        return listen_by_polling(clock_data);
    }
    if (entry.user_data != signal_data) {
        woken.events |= 1u << (entry.user_data - first_wake_data);
        return listen_by_polling(entry.user_data);
    }
    if (entry.res == static_cast<int>(sizeof signal_))
        woken.signal = static_cast<int>(signal_.ssi_signo);
    listen_for_signals();
}

} // namespace lintel::block
