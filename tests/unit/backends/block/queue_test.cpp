// SPDX-License-Identifier: Apache-2.0
// A queue between a frontend that may be hostile and a disk that takes its time.
#include "block/queue.hpp"

#include <gtest/gtest.h>

#include "client/block_twin.hpp"
#include "client/loopback.hpp"
#include "fakes/fake_disk.hpp"
#include "fakes/ring_start.hpp"

namespace lintel::block {
namespace {

using client::LoopbackMemory;
using client::LoopbackPort;

constexpr std::uint32_t order = 2;
constexpr std::uint32_t size = 1u << order;
constexpr std::uint32_t done = LINTEL_BLOCK_DONE;

class BlockQueue : public testing::Test {
protected:
    BlockQueue() { EXPECT_EQ(queue_.serve(0), Turn::waits); }

    static Rules rules()
    {
        Rules all{};
        all.config.bytes = 1 << 20;
        all.config.sector_bytes = 512;
        all.config.most_bytes = LINTEL_BLOCK_LEAST_BYTES;
        all.config.most_pages = 257;
        all.config.most_erased = 1 << 20;
        all.config.pool_pages = 4;
        all.features = 0xf;
        return all;
    }
    static lintel_block_request request(std::uint8_t operation, std::uint64_t offset,
                                        std::uint32_t bytes, std::uint32_t place = 0)
    {
        lintel_block_request slot{};
        slot.operation = operation;
        slot.offset = offset;
        slot.bytes = bytes;
        slot.place = place;
        return slot;
    }
    std::uint32_t submit(const lintel_block_request& slot)
    {
        const auto id = twin_.submit(slot);
        EXPECT_TRUE(id);
        twin_.publish();
        return id.value_or(~0u);
    }
    // With the second look after what was begun.
    Turn serve()
    {
        Turn turn;
        do
            turn = queue_.serve(now_);
        while (turn == Turn::again);
        return turn;
    }
    void finish(std::size_t most = ~std::size_t{0})
    {
        const auto [token, result] = disk_.carry_out(most);
        EXPECT_EQ(token.queue, 3u);
        queue_.finished(token.flight, result, now_);
    }
    void fail(int error) { queue_.finished(disk_.carry_out(0).first.flight, -error, now_); }
    // The status of the one completion that there is.
    std::uint32_t answer(std::uint32_t id)
    {
        queue_.say_rest();
        const auto completion = twin_.take();
        EXPECT_TRUE(completion && completion->id == id);
        EXPECT_FALSE(twin_.take());
        (void)twin_.await();
        return completion ? completion->status : ~0u;
    }
    // Of a request that is answered without the disk.
    std::uint32_t refusal(const lintel_block_request& slot)
    {
        const std::uint32_t id = submit(slot);
        EXPECT_EQ(serve(), Turn::waits);
        EXPECT_TRUE(disk_.started.empty());
        EXPECT_TRUE(queue_.idle());
        return answer(id);
    }
    // No producer can have come to that lap.
    void lie(std::uint32_t slot)
    {
        set_lap(submission_.bytes().data(), sizeof(lintel_block_request), order, slot,
                0x8000ull << LINTEL_RING_LAP_SHIFT);
    }
    lintel_ring& completions()
    {
        return *reinterpret_cast<lintel_ring*>(completion_.bytes().data());
    }

    LoopbackMemory submission_{1}, completion_{1}, pool_{4};
    LoopbackPort to_backend_, to_frontend_;
    FakeDisk disk_{1 << 20};
    FakeGuestPages guest_;
    Throttle throttle_;
    Statistics statistics_;
    Nanoseconds now_ = 0;
    Queue<FakeDisk, FakeGuestPages, LoopbackPort::Sender> queue_{
        3,
        {submission_.bytes(), completion_.bytes(), pool_.bytes()},
        order,
        rules(),
        {disk_, guest_, throttle_, statistics_},
        to_frontend_.sender()};
    client::BlockTwin<LoopbackPort::Sender> twin_{submission_.bytes(), completion_.bytes(), order,
                                                  to_backend_.sender()};
};

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

TEST_F(BlockQueue, frontend_that_reads_no_completions_is_not_served_on)
{
    // It has requests for ever, by rings of its own that ignore the rule.
    client::Producer<lintel_block_request, LoopbackPort::Sender> flood{submission_.bytes(), order,
                                                                       to_backend_.sender()};
    unsigned put = 0;
    for (unsigned round = 0; round < 20; round++) {
        while (flood.put(request(LINTEL_BLOCK_READ, 0, 512)) == client::Step::done)
            put++;
        flood.publish();
        EXPECT_NE(serve(), Turn::broken);
        while (!disk_.started.empty())
            finish();
    }
    // A ring full of answers, as many that wait for room, and a ring full of requests.
    EXPECT_LE(put, 3 * size + 1);
    EXPECT_LE(queue_.in_flight(), size);
    EXPECT_FALSE(queue_.idle());
    EXPECT_GT(statistics_.full, 0u);

    completions().consumed = size; // now it has read them
    EXPECT_EQ(serve(), Turn::waits);
    EXPECT_EQ(disk_.started.size() + size, put - size) << "all but those that were answered";
}

TEST_F(BlockQueue, floods_of_refused_requests_are_bounded_too)
{
    client::Producer<lintel_block_request, LoopbackPort::Sender> flood{submission_.bytes(), order,
                                                                       to_backend_.sender()};
    unsigned put = 0;
    for (unsigned round = 0; round < 20; round++) {
        while (flood.put(request(77, 0, 512)) == client::Step::done)
            put++;
        flood.publish();
        EXPECT_NE(serve(), Turn::broken);
    }
    EXPECT_LE(put, 3 * size);
}

TEST_F(BlockQueue, impossible_lap_ends_it_with_requests_in_flight)
{
    submit(request(LINTEL_BLOCK_READ, 0, 512));
    EXPECT_EQ(serve(), Turn::waits);
    lie(1);
    EXPECT_EQ(serve(), Turn::broken);
    EXPECT_TRUE(queue_.broken());
    EXPECT_EQ(queue_.in_flight(), 1u);
    const std::uint32_t said = completions().produced;
    finish(); // the disk does not know
    EXPECT_EQ(queue_.in_flight(), 0u);
    EXPECT_EQ(serve(), Turn::broken);
    EXPECT_EQ(completions().produced, said) << "nothing is told to who broke it";
    EXPECT_FALSE(twin_.take()) << "nor can it be seen by its lap";
    EXPECT_TRUE(disk_.started.empty());
}

TEST_F(BlockQueue, broken_is_broken_also_when_answers_wait_for_room)
{
    client::Producer<lintel_block_request, LoopbackPort::Sender> flood{submission_.bytes(), order,
                                                                       to_backend_.sender()};
    for (unsigned round = 0; round < 3; round++) {
        while (flood.put(request(77, 0, 512)) == client::Step::done)
            ;
        flood.publish();
        EXPECT_NE(serve(), Turn::broken);
    }
    EXPECT_FALSE(queue_.idle());
    for (std::uint32_t i = 0; i < size; i++)
        lie(i);
    completions().consumed = size; // now there is room for some
    EXPECT_EQ(serve(), Turn::broken);
    completions().consumed = completions().produced - 1;
    EXPECT_EQ(serve(), Turn::broken);
}

TEST_F(BlockQueue, completions_read_before_they_were_written_end_it)
{
    completions().consumed = 3 * size;
    for (std::uint32_t i = 0; i < size; i++)
        submit(request(LINTEL_BLOCK_READ, 0, 512));
    EXPECT_EQ(serve(), Turn::waits);
    while (!disk_.started.empty())
        finish();
    EXPECT_EQ(serve(), Turn::waits) << "there is room without looking";
    fill_slot(submission_.bytes().data(), sizeof(lintel_block_request), order,
              size); // one more, of what lies in its slot
    EXPECT_EQ(serve(), Turn::waits);
    finish();
    EXPECT_EQ(serve(), Turn::broken);
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

TEST_F(BlockQueue, hostile_backend_is_found_out)
{
    client::Producer<lintel_block_completion, LoopbackPort::Sender> liar{completion_.bytes(), order,
                                                                         to_frontend_.sender()};
    const auto tell = [&](std::uint32_t id) {
        EXPECT_EQ(liar.put({id, done, 0}), client::Step::done);
        liar.publish();
    };
    const auto id = submit(request(LINTEL_BLOCK_READ, 0, 512));
    tell(id);
    EXPECT_TRUE(twin_.take());
    EXPECT_FALSE(twin_.fault());
    tell(id); // twice
    EXPECT_FALSE(twin_.take());
    EXPECT_TRUE(twin_.fault());
    EXPECT_FALSE(twin_.submit(request(LINTEL_BLOCK_READ, 0, 512)));
}

TEST_F(BlockQueue, answer_beyond_all_ids_is_found_out)
{
    client::Producer<lintel_block_completion, LoopbackPort::Sender> liar{completion_.bytes(), order,
                                                                         to_frontend_.sender()};
    EXPECT_EQ(liar.put({0x8000'0000, done, 0}), client::Step::done);
    liar.publish();
    EXPECT_FALSE(twin_.take());
    EXPECT_TRUE(twin_.fault());
}

TEST_F(BlockQueue, backend_that_never_answers_costs_no_more_than_its_queue)
{
    for (std::uint32_t i = 0; i < size; i++)
        submit(request(LINTEL_BLOCK_READ, 0, 512));
    EXPECT_FALSE(twin_.submit(request(LINTEL_BLOCK_READ, 0, 512)));
    EXPECT_EQ(twin_.unanswered(), size);
    EXPECT_FALSE(twin_.take());
    EXPECT_FALSE(twin_.fault());
}

} // namespace
} // namespace lintel::block
