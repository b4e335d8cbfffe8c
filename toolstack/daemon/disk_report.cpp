// SPDX-License-Identifier: Apache-2.0
// A disk's state and figures, for those who ask.
#include "daemon/disk.hpp"

namespace lintel {
namespace {

// Of one operation.
proto::DiskCount count_of(const block::Count& count)
{
    proto::DiskCount told;
    told.set_requests(count.requests);
    told.set_bytes(count.bytes);
    told.set_errors(count.errors);
    told.set_nanoseconds(count.nanoseconds);
    told.set_longest_ns(count.longest_ns);
    return told;
}

} // namespace

proto::Disk Disk::describe() const
{
    const auto status = block::read_status(*status_);
    const auto state = [this](client::Side side) {
        return static_cast<proto::DeviceState>(page_.state(side));
    };
    proto::Disk disk;
    disk.set_guest(place_.guest);
    disk.set_name(config_.name());
    disk.set_path(config_.path());
    disk.set_read_only(config_.read_only());
    disk.set_bytes(status.bytes);
    disk.set_sector_bytes(static_cast<std::uint32_t>(status.sector_bytes));
    disk.set_backend_state(state(client::Side::backend));
    disk.set_guest_state(state(client::Side::frontend));
    disk.set_pid(process_ ? static_cast<std::uint32_t>(process_->pid()) : 0);
    disk.set_restarts(restarts_);
    disk.set_failure(failure_);
    const auto& of = status.statistics.operations;
    *disk.mutable_read() = count_of(of[LINTEL_BLOCK_READ]);
    *disk.mutable_write() = count_of(of[LINTEL_BLOCK_WRITE]);
    *disk.mutable_flush() = count_of(of[LINTEL_BLOCK_FLUSH]);
    *disk.mutable_discard() = count_of(of[LINTEL_BLOCK_DISCARD]);
    *disk.mutable_zeroes() = count_of(of[LINTEL_BLOCK_ZEROES]);
    disk.set_refused(status.statistics.refused);
    disk.set_throttled(status.statistics.throttled);
    disk.set_full(status.statistics.full);
    disk.set_connections(status.statistics.connections);
    disk.set_direct(status.statistics.direct);
    disk.set_fua(status.statistics.fua);
    disk.set_last_error(status.statistics.last_error);
    return disk;
}

} // namespace lintel
