// SPDX-License-Identifier: Apache-2.0
// A queue between a frontend and a disk that takes its time.
#include "block/queue.hpp"

#include "fakes/block_queue.hpp"

namespace lintel::block {
namespace {

TEST_F(BlockQueue, data_goes_through_the_pool)
{
    std::memset(pool_.bytes().data() + 1024, 0x5a, 1024);
    const auto write = submit(request(LINTEL_BLOCK_WRITE, 4096, 1024, 1024));
    EXPECT_TRUE(to_backend_.take());
    EXPECT_EQ(serve(), Turn::waits);
    EXPECT_TRUE(disk_.started.at(0).pooled);
    finish();
    EXPECT_EQ(answer(write), done);
    EXPECT_EQ(disk_.content[4096], std::byte{0x5a});
    EXPECT_EQ(disk_.content[5119], std::byte{0x5a});
    EXPECT_EQ(disk_.content[5120], std::byte{0});

    const auto read = submit(request(LINTEL_BLOCK_READ, 4096, 512, 8192));
    EXPECT_EQ(serve(), Turn::waits);
    finish();
    EXPECT_EQ(answer(read), done);
    EXPECT_EQ(pool_.bytes()[8192 + 511], std::byte{0x5a});
    EXPECT_EQ(pool_.bytes()[8192 + 512], std::byte{0});
    EXPECT_EQ(statistics_.of(Operation::read).bytes, 512u);
    EXPECT_EQ(statistics_.of(Operation::write).requests, 1u);
}

TEST_F(BlockQueue, direct_pages_are_mapped_as_long_as_the_request_lasts)
{
    for (const std::uint32_t reference : {11, 12, 13})
        std::memset(guest_.pages[reference].bytes.data(), static_cast<int>(reference), page_bytes);
    auto slot = request(LINTEL_BLOCK_WRITE, 0, 2 * page_bytes, 512);
    slot.flags = LINTEL_BLOCK_DIRECT;
    slot.pages = 3;
    slot.page[0] = 13;
    slot.page[1] = 11;
    slot.page[2] = 12;
    const auto id = submit(slot);
    EXPECT_EQ(serve(), Turn::waits);
    EXPECT_EQ(guest_.mapped, 1);
    EXPECT_EQ(statistics_.direct, 1u);
    EXPECT_FALSE(disk_.started.at(0).pooled);
    finish();
    EXPECT_EQ(guest_.mapped, 0);
    EXPECT_EQ(answer(id), done);
    EXPECT_EQ(disk_.content[3583], std::byte{13});
    EXPECT_EQ(disk_.content[3584], std::byte{11});
    EXPECT_EQ(disk_.content[7680], std::byte{12});
    EXPECT_EQ(disk_.content[8192], std::byte{0});
}

TEST_F(BlockQueue, list_of_pages_is_read_from_the_pool_once)
{
    auto* const list = reinterpret_cast<std::uint32_t*>(pool_.bytes().data() + 4096);
    for (std::uint32_t i = 0; i < 9; i++) {
        std::memset(guest_.pages[100 + i].bytes.data(), static_cast<int>(i), page_bytes);
        list[i] = 100 + i;
    }
    auto slot = request(LINTEL_BLOCK_WRITE, 0, 9 * page_bytes);
    slot.flags = LINTEL_BLOCK_DIRECT;
    slot.pages = 9;
    slot.list = 4096;
    const auto id = submit(slot);
    EXPECT_EQ(serve(), Turn::waits);
    std::fill_n(list, 9, 0xffff'ffffu); // too late to matter
    finish();
    EXPECT_EQ(answer(id), done);
    for (std::uint32_t i = 0; i < 9; i++)
        EXPECT_EQ(disk_.content[i * page_bytes], static_cast<std::byte>(i));
}

TEST_F(BlockQueue, pages_that_are_not_granted_are_refused_and_let_go)
{
    guest_.pages[1];
    guest_.pages[2].writable = false;
    auto slot = request(LINTEL_BLOCK_READ, 0, 2 * page_bytes);
    slot.flags = LINTEL_BLOCK_DIRECT;
    slot.pages = 2;
    slot.page[0] = 1;
    for (const std::uint32_t second : {2u, 3u, 0u, 0xffff'ffffu}) {
        slot.page[1] = second;
        EXPECT_EQ(refusal(slot), LINTEL_BLOCK_BAD_GRANT);
        EXPECT_EQ(guest_.mapped, 0);
    }
    EXPECT_EQ(statistics_.refused, 4u);
}

TEST_F(BlockQueue, what_cannot_be_is_answered_without_the_disk)
{
    EXPECT_EQ(refusal(request(9, 0, 512)), LINTEL_BLOCK_INVALID);
    EXPECT_EQ(refusal(request(LINTEL_BLOCK_READ, 1 << 20, 512)), LINTEL_BLOCK_RANGE);
    EXPECT_EQ(statistics_.refused, 2u);
}

TEST_F(BlockQueue, flush_and_flags_reach_the_disk)
{
    auto through = request(LINTEL_BLOCK_WRITE, 0, 512);
    through.flags = LINTEL_BLOCK_FUA;
    auto keep = request(LINTEL_BLOCK_ZEROES, 512, 1024);
    keep.flags = LINTEL_BLOCK_KEEP;
    submit(through);
    submit(keep);
    submit(request(LINTEL_BLOCK_FLUSH, 0, 0));
    submit(request(LINTEL_BLOCK_DISCARD, 8192, 8192));
    EXPECT_EQ(serve(), Turn::waits);
    ASSERT_EQ(disk_.started.size(), 4u);
    EXPECT_TRUE(disk_.started[0].through);
    EXPECT_TRUE(disk_.started[1].keep);
    EXPECT_EQ(disk_.started[1].bytes, 1024u);
    EXPECT_TRUE(disk_.started[1].where.empty());
    EXPECT_EQ(disk_.started[2].operation, Operation::flush);
    EXPECT_EQ(disk_.started[3].operation, Operation::discard);
    EXPECT_EQ(disk_.started[3].offset, 8192u);
    EXPECT_EQ(statistics_.fua, 1u);
}

TEST_F(BlockQueue, what_needs_no_data_has_none_of_an_earlier_request)
{
    submit(request(LINTEL_BLOCK_READ, 0, 512));
    EXPECT_EQ(serve(), Turn::waits);
    finish();
    submit(request(LINTEL_BLOCK_FLUSH, 0, 0));
    EXPECT_EQ(serve(), Turn::waits);
    EXPECT_TRUE(disk_.started.at(0).where.empty());
}

TEST_F(BlockQueue, part_of_a_request_is_gone_on_with)
{
    for (std::uint32_t i = 0; i < 4; i++)
        disk_.content[i * 512] = static_cast<std::byte>(i + 1);
    const auto id = submit(request(LINTEL_BLOCK_READ, 0, 2048));
    EXPECT_EQ(serve(), Turn::waits);
    finish(512);
    ASSERT_EQ(disk_.started.size(), 1u);
    EXPECT_EQ(disk_.started[0].offset, 512u);
    EXPECT_EQ(disk_.started[0].bytes, 1536u);
    finish();
    EXPECT_EQ(answer(id), done);
    for (std::uint32_t i = 0; i < 4; i++)
        EXPECT_EQ(pool_.bytes()[i * 512], static_cast<std::byte>(i + 1));
    EXPECT_EQ(statistics_.of(Operation::read).bytes, 2048u);
}

TEST_F(BlockQueue, image_that_ends_early_is_an_error)
{
    for (const std::size_t most : {0, 100}) {
        const auto id = submit(request(LINTEL_BLOCK_READ, 0, 1024));
        EXPECT_EQ(serve(), Turn::waits);
        finish(most);
        EXPECT_EQ(answer(id), LINTEL_BLOCK_ERROR);
    }
    EXPECT_EQ(statistics_.of(Operation::read).errors, 2u);
    EXPECT_EQ(statistics_.last_error, EIO);
}

TEST_F(BlockQueue, errors_of_the_image_have_their_status)
{
    constexpr std::pair<int, std::uint32_t> expected[] = {
        {EIO, LINTEL_BLOCK_ERROR},          {ENOSPC, LINTEL_BLOCK_NO_SPACE},
        {EDQUOT, LINTEL_BLOCK_NO_SPACE},    {EFBIG, LINTEL_BLOCK_NO_SPACE},
        {EROFS, LINTEL_BLOCK_WRITE_DENIED}, {EOPNOTSUPP, LINTEL_BLOCK_UNSUPPORTED},
        {ENOMEM, LINTEL_BLOCK_ERROR},       {EFAULT, LINTEL_BLOCK_ERROR}};
    for (const auto& [error, status] : expected) {
        const auto id = submit(request(LINTEL_BLOCK_WRITE, 0, 512));
        EXPECT_EQ(serve(), Turn::waits);
        fail(error);
        EXPECT_EQ(answer(id), status);
        EXPECT_EQ(statistics_.last_error, error);
    }
    EXPECT_EQ(statistics_.of(Operation::write).bytes, 0u);
}

TEST_F(BlockQueue, answers_come_in_the_order_in_which_they_are_known)
{
    const auto first = submit(request(LINTEL_BLOCK_READ, 0, 512));
    const auto second = submit(request(LINTEL_BLOCK_READ, 512, 512));
    EXPECT_EQ(serve(), Turn::waits);
    std::swap(disk_.started[0], disk_.started[1]);
    finish();
    EXPECT_EQ(answer(second), done);
    finish();
    EXPECT_EQ(answer(first), done);
}

TEST_F(BlockQueue, limit_of_operations_holds_requests_back)
{
    throttle_ = Throttle{10, 0}; // 100 ms each, and as much for a burst
    now_ = Rate::second;
    for (std::uint32_t i = 0; i < size; i++)
        submit(request(LINTEL_BLOCK_READ, 0, 512));
    EXPECT_EQ(serve(), Turn::throttled);
    EXPECT_EQ(disk_.started.size(), 2u);
    now_ = throttle_.opens() - 1;
    EXPECT_EQ(serve(), Turn::throttled);
    EXPECT_EQ(disk_.started.size(), 2u);
    now_++;
    EXPECT_EQ(serve(), Turn::throttled);
    EXPECT_EQ(disk_.started.size(), 3u);
    EXPECT_EQ(statistics_.throttled, 3u);
}

} // namespace
} // namespace lintel::block
