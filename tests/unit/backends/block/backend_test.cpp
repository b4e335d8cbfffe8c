// SPDX-License-Identifier: Apache-2.0
// The whole backend, through rings and io_uring to a file and back.
#include "block/backend.hpp"

#include "fakes/block_backend.hpp"

namespace lintel::block {
namespace {

TEST_F(BlockBackend, offers_what_the_image_is)
{
    start_connected();
    const auto config = guest_->config();
    EXPECT_EQ(config.bytes, disk_bytes);
    EXPECT_TRUE(config.sector_bytes == 512 || config.sector_bytes == 4096);
    EXPECT_GE(config.most_bytes, LINTEL_BLOCK_LEAST_BYTES);
    EXPECT_EQ(config.flags, 0u);
    EXPECT_EQ(guest_->offer().features & LINTEL_BLOCK_FEATURE_FUA, LINTEL_BLOCK_FEATURE_FUA);
    EXPECT_TRUE(guest_->close(10s));
    disk_->stop();
    EXPECT_EQ(disk_->statistics.connections, 1u);
    EXPECT_EQ(disk_->reported, "");
}

TEST_F(BlockBackend, reads_and_writes_by_the_pool)
{
    start_connected();
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 12288, 65536)), done);
    EXPECT_EQ(pool_text(0, 65536), image_.read(12288, 65536));
    std::memset(guest_->pool(0).data(), 'w', 8192);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 4096, 8192)), done);
    EXPECT_EQ(image_.read(4096, 8192), std::string(8192, 'w'));
    EXPECT_EQ(image_.read(12288, 1)[0], TemporaryImage::pattern(12288));
}

TEST_F(BlockBackend, limits_hold)
{
    start_connected({.image = {.path = image_.path}, .shape = {}, .throttle = {100, 0}});
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 31; i++)
        EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(took, 190ms) << "30 at 100 a second, less a burst of 10";
    disk_->stop();
    EXPECT_GT(disk_->statistics.throttled, 0u);
}

TEST_F(BlockBackend, many_requests_by_many_queues_find_their_own_data)
{
    start();
    connect(4, 5);
    constexpr std::uint32_t sector = 4096;
    std::array<std::map<std::uint32_t, std::uint64_t>, 4> asked; // by queue and id: which sector
    std::uint64_t next = 0;
    unsigned answered = 0;
    constexpr unsigned all = 4000;
    while (answered < all) {
        for (std::uint32_t q = 0; q < 4; q++) {
            auto& twin = guest_->queue(q);
            while (next < all) {
                auto slot =
                    request(LINTEL_BLOCK_READ, next * 977 % (disk_bytes / sector) * sector, sector);
                // Each id has a place in the pool of its own; ids are given last to first.
                slot.place = static_cast<std::uint32_t>(asked[q].size()) * sector;
                bool taken = false;
                for (const auto& [id, where] : asked[q])
                    taken = taken || (where & 0xffff'ffff) == slot.place;
                if (taken || asked[q].size() == 32)
                    break;
                const auto id = twin.submit(slot);
                if (!id)
                    break;
                asked[q][*id] = slot.offset << 32 | slot.place;
                next++;
            }
            twin.publish();
            while (const auto completion = twin.take()) {
                const std::uint64_t where = asked[q].at(completion->id);
                asked[q].erase(completion->id);
                ASSERT_EQ(completion->status, done);
                const std::size_t at = where >> 32;
                const auto* const got = guest_->pool(q).data() + (where & 0xffff'ffff);
                for (const std::size_t byte : {0, 511, 512, 4095})
                    ASSERT_EQ(static_cast<char>(got[byte]), TemporaryImage::pattern(at + byte));
                answered++;
            }
            ASSERT_FALSE(twin.fault());
            (void)twin.await();
        }
        guest_->wait(1ms);
    }
    EXPECT_TRUE(guest_->close(10s));
}

} // namespace
} // namespace lintel::block
