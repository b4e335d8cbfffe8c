// SPDX-License-Identifier: Apache-2.0
// The whole backend, through rings and io_uring to a file and back.
#include "block/backend.hpp"

#include <gtest/gtest.h>

#include "fakes/ring_start.hpp"
#include "fakes/running_disk.hpp"

namespace lintel::block {
namespace {

using namespace std::chrono_literals;
using client::BlockGuest;

constexpr std::size_t disk_bytes = 8 << 20;
constexpr std::uint32_t done = LINTEL_BLOCK_DONE;

// Where io_uring is forbidden, nothing here can run.
std::string io_uring_refusal()
{
    io_uring ring;
    const int error = io_uring_queue_init(2, &ring, 0);
    if (error == 0)
        io_uring_queue_exit(&ring);
    return error == 0 ? "" : std::string{"no io_uring here: "} + std::strerror(-error);
}

lintel_block_request request(std::uint8_t operation, std::uint64_t offset, std::uint32_t bytes,
                             std::uint8_t flags = 0)
{
    lintel_block_request slot{};
    slot.operation = operation;
    slot.flags = flags;
    slot.offset = offset;
    slot.bytes = bytes;
    return slot;
}

class BlockBackend : public testing::Test {
protected:
    void SetUp() override
    {
        if (const auto why = io_uring_refusal(); !why.empty())
            GTEST_SKIP() << why;
    }
    void start(DiskSetup setup = {})
    {
        if (setup.image.path.empty())
            setup.image.path = image_.path;
        disk_.emplace(setup);
        guest_.emplace(disk_->files);
    }
    void connect(std::uint32_t queues = 1, std::uint32_t order = 4)
    {
        ASSERT_TRUE(guest_->connect(queues, order, 10s));
    }
    void start_connected(const DiskSetup& setup = {})
    {
        start(setup);
        connect();
    }
    std::string pool_text(std::size_t at, std::size_t bytes)
    {
        return {reinterpret_cast<const char*>(guest_->pool(0).data()) + at, bytes};
    }
    // A direct request of the pages of `memory`, all granted.
    lintel_block_request direct(std::uint8_t operation, std::uint64_t offset,
                                std::span<std::byte> memory, std::uint32_t place,
                                std::uint32_t bytes)
    {
        auto slot = request(operation, offset, bytes, LINTEL_BLOCK_DIRECT);
        slot.place = place;
        slot.pages = static_cast<std::uint16_t>(memory.size() / page_bytes);
        const bool listed = slot.pages > LINTEL_BLOCK_INLINE_PAGES;
        std::uint32_t* const to =
            listed ? reinterpret_cast<std::uint32_t*>(guest_->pool(0).data()) : slot.page;
        for (std::uint32_t i = 0; i < slot.pages; i++)
            to[i] = guest_->grant(memory.data() + i * page_bytes, operation == LINTEL_BLOCK_READ);
        return slot;
    }

    TemporaryImage image_{disk_bytes};
    std::optional<RunningDisk> disk_;
    std::optional<BlockGuest> guest_;
};

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

TEST_F(BlockBackend, reads_and_writes_granted_pages_in_place)
{
    start_connected();
    const auto memory = guest_->allocate(4);
    EXPECT_EQ(guest_->perform(direct(LINTEL_BLOCK_READ, 8192, memory, 0, 16384)), done);
    EXPECT_EQ(std::memcmp(memory.data(), image_.read(8192, 16384).data(), 16384), 0);
    std::memset(memory.data(), 'd', memory.size());
    EXPECT_EQ(guest_->perform(direct(LINTEL_BLOCK_WRITE, 0, memory, 0, 16384)), done);
    EXPECT_EQ(image_.read(0, 16384), std::string(16384, 'd'));
}

TEST_F(BlockBackend, a_mebibyte_that_begins_within_a_page_and_lies_scattered)
{
    start_connected();
    const std::uint32_t place = guest_->config().sector_bytes == 512 ? 512 : 0;
    const std::size_t pages = place == 0 ? 256 : 257;
    const auto memory = guest_->allocate(pages);
    auto slot = direct(LINTEL_BLOCK_READ, 1 << 20, memory, place, 1 << 20);
    auto* const list = reinterpret_cast<std::uint32_t*>(guest_->pool(0).data());
    std::reverse(list, list + pages); // the last page is first
    EXPECT_EQ(guest_->perform(slot), done);
    const std::string expected = image_.read(1 << 20, 1 << 20);
    std::string got;
    for (std::size_t i = pages; i-- > 0;)
        got.append(reinterpret_cast<const char*>(memory.data()) + i * page_bytes, page_bytes);
    EXPECT_TRUE(got.substr(place, 1 << 20) == expected);
}

TEST_F(BlockBackend, pages_that_are_not_granted_are_not_touched)
{
    start_connected();
    const auto memory = guest_->allocate(2);
    auto slot = direct(LINTEL_BLOCK_READ, 0, memory, 0, 8192);
    constexpr std::uint64_t wrong[] = {
        0,                                                         // nothing
        LINTEL_GRANT_PRESENT,                                      // the device page, read-only
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE,              // the device page
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | 0x1000,     // the grant table
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | 1ull << 40, // beyond RAM
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | LINTEL_GRANT_ADDRESS,
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | 0x20000 | 4,          // a reserved bit
        LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE | 0x20000 | 1ull << 48, // for another
        LINTEL_GRANT_PRESENT | 0x20000};                                     // read-only
    for (const std::uint64_t entry : wrong) {
        guest_->set_grant(slot.page[1], entry);
        EXPECT_EQ(guest_->perform(slot), LINTEL_BLOCK_BAD_GRANT) << std::hex << entry;
    }
    slot.page[1] = 0xffff'ffff;
    EXPECT_EQ(guest_->perform(slot), LINTEL_BLOCK_BAD_GRANT);
    EXPECT_EQ(memory[0], std::byte{0});
}

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

TEST_F(BlockBackend, discard_and_zeroes_free_space_or_keep_it)
{
    start_connected();
    if ((guest_->offer().features & LINTEL_BLOCK_FEATURE_DISCARD) == 0)
        GTEST_SKIP() << "the file system of /var/tmp cannot punch holes";
    const auto blocks = [&] {
        struct stat is {};
        ::fstat(image_.fd.get(), &is);
        return is.st_blocks;
    };
    const auto before = blocks();
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_ZEROES, 0, 1 << 20, LINTEL_BLOCK_KEEP)), done);
    EXPECT_EQ(image_.read(0, 1 << 20), std::string(1 << 20, 0));
    EXPECT_EQ(blocks(), before);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_ZEROES, 1 << 20, 1 << 20)), done);
    EXPECT_EQ(image_.read(1 << 20, 1 << 20), std::string(1 << 20, 0));
    EXPECT_LE(blocks(), before - (1 << 20) / 512);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_DISCARD, 2 << 20, 1 << 20)), done);
    EXPECT_LE(blocks(), before - (2 << 20) / 512);
    EXPECT_EQ(image_.read(3 << 20, 1)[0], TemporaryImage::pattern(3 << 20));
    struct stat is {};
    ::fstat(image_.fd.get(), &is);
    EXPECT_EQ(static_cast<std::size_t>(is.st_size), disk_bytes);
}

TEST_F(BlockBackend, read_only_image_is_not_written)
{
    start_connected(
        {.image = {.path = image_.path, .read_only = true}, .shape = {}, .throttle = {}});
    EXPECT_EQ(guest_->config().flags, LINTEL_BLOCK_READ_ONLY);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 0, 4096)), LINTEL_BLOCK_WRITE_DENIED);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_ZEROES, 0, 4096)), LINTEL_BLOCK_WRITE_DENIED);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_FLUSH, 0, 0)), done);
    EXPECT_EQ(image_.read(0, 1)[0], TemporaryImage::pattern(0));
}

TEST_F(BlockBackend, image_truncated_under_the_guest_is_an_error_of_what_is_gone)
{
    start_connected();
    ASSERT_EQ(::ftruncate(image_.fd.get(), 1 << 20), 0);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 2 << 20, 4096)), LINTEL_BLOCK_ERROR);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, (1 << 20) - 4096, 8192)),
              LINTEL_BLOCK_ERROR);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 2 << 20, 4096)), done)
        << "it grows again";
}

TEST_F(BlockBackend, full_file_system_is_no_space)
{
    // A file that may not grow beyond 1 MiB stands for a medium that is full: the kernel says
    // EFBIG.
    rlimit before;
    ::getrlimit(RLIMIT_FSIZE, &before);
    ASSERT_EQ(::ftruncate(image_.fd.get(), 1 << 20), 0);
    ASSERT_EQ(::ftruncate(image_.fd.get(), disk_bytes), 0);
    start_connected();
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 2 << 20, 4096)), LINTEL_BLOCK_NO_SPACE);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 2 << 20, 4096)), done);
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 2 << 20, 4096)), done);
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

TEST_F(BlockBackend, closing_answers_all_that_was_submitted)
{
    start_connected();
    auto& twin = guest_->queue(0);
    while (twin.submit(request(LINTEL_BLOCK_READ, 0, 4096)))
        ;
    twin.publish();
    EXPECT_TRUE(guest_->close(10s));
    unsigned answers = 0;
    while (const auto completion = twin.take())
        answers += completion->status == done;
    EXPECT_EQ(answers, 16u);
    EXPECT_EQ(twin.unanswered(), 0u);
}

TEST_F(BlockBackend, frontend_comes_back_after_it_left)
{
    start_connected();
    for (int round = 0; round < 3; round++) {
        EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
        EXPECT_TRUE(guest_->close(10s));
        connect();
    }
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
    disk_->stop();
    EXPECT_EQ(disk_->statistics.connections, 4u);
}

TEST_F(BlockBackend, broken_ring_ends_the_connection_and_the_next_one_works)
{
    start_connected();
    for (std::uint32_t i = 0; i < 16; i++)
        set_lap(guest_->submission().data(), sizeof(lintel_block_request), 4, i,
                0x8000ull << LINTEL_RING_LAP_SHIFT);
    guest_->notify();
    EXPECT_TRUE(guest_->await(
        [&] { return guest_->page().state(client::Side::backend) == client::DeviceState::failed; },
        10s));
    guest_->page().set_state(client::Side::frontend, client::DeviceState::absent);
    guest_->notify();
    connect();
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
    disk_->stop();
    EXPECT_EQ(disk_->reported, "the frontend broke a ring");
}

TEST_F(BlockBackend, answers_that_cannot_be_fail)
{
    start();
    const auto spoil = [&](auto change, std::string_view why) {
        ASSERT_TRUE(guest_->offered(60s));
        guest_->answer_ = {};
        guest_->answer_.chosen_queues = 1;
        change(guest_->answer_);
        guest_->say();
        EXPECT_TRUE(guest_->await(
            [&] {
                return guest_->page().state(client::Side::backend) == client::DeviceState::failed;
            },
            10s))
            << why;
        guest_->page().set_state(client::Side::frontend, client::DeviceState::absent);
        guest_->notify();
    };
    spoil([](lintel_device& answer) { answer.chosen_queues = 17; }, "queues");
    spoil([](lintel_device& answer) { answer.chosen_features = 1ull << 63; }, "features");
    spoil([](lintel_device& answer) { answer.queue[0].ring_order = 9; }, "order");
    spoil([](lintel_device&) {}, "no grants");
    connect();
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
}

TEST_F(BlockBackend, frontend_that_flips_its_rings_all_the_time_harms_only_itself)
{
    start_connected();
    const auto submission = guest_->submission(), completion = guest_->completion();
    std::uint64_t random = 88172645463325252;
    const auto draw = [&] {
        random ^= random << 13;
        random ^= random >> 7;
        return random ^= random << 17;
    };
    const auto end = std::chrono::steady_clock::now() + 1s;
    unsigned failures = 0;
    while (std::chrono::steady_clock::now() < end) {
        auto* const ring = reinterpret_cast<lintel_ring*>(submission.data());
        for (int i = 0; i < 64; i++) { // plausible requests with wild fields
            auto slot =
                request(static_cast<std::uint8_t>(draw() % 6), draw() % disk_bytes & ~4095ull,
                        static_cast<std::uint32_t>(draw() % 64) * 512,
                        static_cast<std::uint8_t>(draw() % 4));
            slot.place = static_cast<std::uint32_t>(draw() % 16) * 512;
            slot.pages = static_cast<std::uint16_t>(draw() % 4);
            slot.page[0] = static_cast<std::uint32_t>(draw() % 16);
            const auto index =
                std::atomic_ref{ring->consumed}.load() + static_cast<std::uint32_t>(draw() % 16);
            slot.lap = static_cast<std::uint16_t>(draw() % 4096 == 0 ? draw() : (index >> 4) + 1);
            std::memcpy(submission.data() + LINTEL_RING_HEADER + index % 16 * sizeof slot, &slot,
                        sizeof slot);
            std::atomic_ref{reinterpret_cast<lintel_ring*>(completion.data())->consumed}.store(
                std::atomic_ref{reinterpret_cast<lintel_ring*>(completion.data())->produced}
                    .load());
        }
        guest_->notify();
        if (guest_->page().state(client::Side::backend) == client::DeviceState::failed)
            break;
        failures++;
    }
    guest_->page().set_state(client::Side::frontend, client::DeviceState::absent);
    guest_->notify();
    ASSERT_TRUE(guest_->connect(1, 4, 60s));
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_FLUSH, 0, 0)), done);
}

} // namespace
} // namespace lintel::block
