// SPDX-License-Identifier: Apache-2.0
// Frontends that come, go, and break the protocol, at a backend that runs.
#include "block/backend.hpp"

#include <filesystem>

#include "fakes/block_backend.hpp"
#include "fakes/ring_start.hpp"

namespace lintel::block {
namespace {

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

// By each of the two ways that I/O in flight can end: before the frontend is seen to be gone, or
// after.
TEST_F(BlockBackend, frontend_that_leaves_with_requests_in_flight_again_and_again_leaves_nothing)
{
    const auto open_files = [] {
        const std::filesystem::directory_iterator files{"/proc/self/fd"};
        return std::distance(begin(files), end(files));
    };
    start_connected();
    const auto before = open_files();
    constexpr unsigned rounds = 500;
    for (unsigned round = 0; round < rounds && !HasFatalFailure(); round++) {
        auto& twin = guest_->queue(0);
        while (twin.submit(request(LINTEL_BLOCK_READ, 0, 65536)))
            ;
        twin.publish();
        if (round % 2 == 0)
            guest_->wait(1ms);
        guest_->page().set_state(client::Side::frontend, client::DeviceState::absent);
        guest_->notify();
        connect();
    }
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
    EXPECT_EQ(open_files(), before);
    disk_->stop();
    EXPECT_EQ(disk_->statistics.connections, rounds + 1);
    EXPECT_EQ(disk_->reported, "") << "who leaves breaks nothing";
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
