// SPDX-License-Identifier: Apache-2.0
// What makes writes stable: flushes and FUA, from the guest's request down to the medium.
#include "block/backend.hpp"

#include "fakes/block_backend.hpp"

namespace lintel::block {
namespace {

TEST_F(BlockBackend, flush_and_fua_are_carried_out)
{
    start_connected();
    std::memset(guest_->pool(0).data(), 'f', 4096);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 0, 4096, LINTEL_BLOCK_FUA)), done);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_FLUSH, 0, 0)), done);
    EXPECT_EQ(image_.read(0, 4096), std::string(4096, 'f'));
    disk_->stop();
    EXPECT_EQ(disk_->statistics.of(Operation::flush).requests, 1u);
    EXPECT_EQ(disk_->statistics.of(Operation::write).requests, 1u);
}

} // namespace
} // namespace lintel::block
