// SPDX-License-Identifier: Apache-2.0
// Frontends that flood, lie and do not read, at a queue; and backends, at the guest's side of one.
#include "block/queue.hpp"

#include "fakes/block_queue.hpp"

namespace lintel::block {
namespace {

TEST_F(BlockQueue, frontend_that_reads_no_completions_is_not_served_on)
{
    // It has requests for ever, by rings of its own that ignore the rule.
    client::Producer<lintel_block_request, client::LoopbackPort::Sender> flood{
        submission_.bytes(), order, to_backend_.sender()};
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
    client::Producer<lintel_block_request, client::LoopbackPort::Sender> flood{
        submission_.bytes(), order, to_backend_.sender()};
    unsigned put = 0;
    for (unsigned round = 0; round < 20; round++) {
        while (flood.put(request(77, 0, 512)) == client::Step::done)
            put++;
        flood.publish();
        EXPECT_NE(serve(), Turn::broken);
    }
    EXPECT_LE(put, 3 * size);
}

TEST_F(BlockQueue, more_requests_than_slots_are_left_in_the_ring_while_the_disk_works)
{
    client::Producer<lintel_block_request, client::LoopbackPort::Sender> flood{
        submission_.bytes(), order, to_backend_.sender()};
    unsigned put = 0;
    for (unsigned round = 0; round < 3; round++) {
        while (flood.put(request(LINTEL_BLOCK_READ, 0, 512)) == client::Step::done)
            put++;
        flood.publish();
        EXPECT_EQ(serve(), Turn::waits);
        EXPECT_EQ(queue_.in_flight(), size);
        EXPECT_EQ(disk_.started.size(), size);
    }
    EXPECT_EQ(put, 2 * size) << "taken, and in the ring";
    finish();
    EXPECT_EQ(serve(), Turn::waits);
    EXPECT_EQ(disk_.started.size(), size) << "one has ended, one has begun";
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
    client::Producer<lintel_block_request, client::LoopbackPort::Sender> flood{
        submission_.bytes(), order, to_backend_.sender()};
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

TEST_F(BlockQueue, hostile_backend_is_found_out)
{
    client::Producer<lintel_block_completion, client::LoopbackPort::Sender> liar{
        completion_.bytes(), order, to_frontend_.sender()};
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
    client::Producer<lintel_block_completion, client::LoopbackPort::Sender> liar{
        completion_.bytes(), order, to_frontend_.sender()};
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
