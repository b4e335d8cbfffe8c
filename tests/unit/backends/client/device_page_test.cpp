// SPDX-License-Identifier: Apache-2.0
// Groups of a device page: written and read in the order that lets nobody mistake an old one for a
// new one.
#include "client/device_page.hpp"

#include <cstdint>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "client/device_answer.hpp"
#include "client/loopback.hpp"

namespace lintel::client {
namespace {

class DevicePageTest : public testing::Test {
protected:
    lintel_device& raw() { return *reinterpret_cast<lintel_device*>(memory_.bytes().data()); }

    LoopbackMemory memory_{1};
    DevicePage page_{memory_.bytes()};
};

lintel_device offer()
{
    lintel_device content{};
    content.features = 0x8000'0000'0000'0005;
    content.queues = 2;
    content.ring_order = 5;
    content.config[0] = 10;
    content.config[31] = 20;
    return content;
}

lintel_device answer()
{
    lintel_device content{};
    content.chosen_features = 4;
    content.chosen_queues = 2;
    for (std::uint32_t i = 0; i < 2; i++)
        content.queue[i] = {
            .port = 7 + i, .ring_order = 5 - i, .submission = {1, 2}, .completion = {3, 4}};
    return content;
}

TEST_F(DevicePageTest, cleared_page_has_no_device_and_both_sides_absent)
{
    EXPECT_EQ(page_.description().device_class, LINTEL_DEVICE_NONE);
    EXPECT_EQ(page_.state(Side::backend), DeviceState::absent);
    EXPECT_EQ(page_.frontend_state(1), DeviceState::absent);
    EXPECT_FALSE(page_.read(Side::backend));
    EXPECT_FALSE(page_.read(Side::frontend));
}

TEST_F(DevicePageTest, description_is_a_copy_with_a_terminated_name)
{
    raw().device_class = LINTEL_DEVICE_CONSOLE;
    raw().ring_gpa = 0xf0201000;
    raw().port = 9;
    std::fill_n(raw().name, sizeof raw().name, 'x');
    const lintel_device copy = page_.description();
    EXPECT_EQ(copy.device_class, LINTEL_DEVICE_CONSOLE);
    EXPECT_EQ(copy.ring_gpa, 0xf0201000u);
    EXPECT_EQ(copy.port, 9u);
    EXPECT_EQ(std::string_view{copy.name}.size(), sizeof copy.name - 1);
}

TEST_F(DevicePageTest, group_arrives_whole_and_leaves_the_others_alone)
{
    page_.write(Side::backend, offer(), 3);
    page_.write(Side::frontend, answer(), 3);
    const auto offered = page_.read(Side::backend);
    ASSERT_TRUE(offered);
    EXPECT_EQ(offered->generation, 3u);
    EXPECT_EQ(offered->backend_state, LINTEL_STATE_READY);
    EXPECT_EQ(offered->features, offer().features);
    EXPECT_EQ(offered->config[31], 20u);
    const auto answered = page_.read(Side::frontend);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->seen_generation, 3u);
    EXPECT_EQ(answered->queue[1].port, 8u);
    EXPECT_EQ(answered->queue[1].completion[1], 4u);
    EXPECT_EQ(raw().device_class, 0u);
    EXPECT_EQ(raw().queue[15].port, 0u);
}

TEST_F(DevicePageTest, state_of_a_frontend_counts_only_for_the_offer_it_answers)
{
    page_.write(Side::frontend, answer(), 3);
    EXPECT_EQ(page_.frontend_state(3), DeviceState::ready);
    EXPECT_EQ(page_.frontend_state(4), DeviceState::absent);
    page_.set_state(Side::frontend, DeviceState::connected);
    EXPECT_EQ(page_.frontend_state(3), DeviceState::connected);
    EXPECT_EQ(page_.frontend_state(2), DeviceState::absent);
}

TEST_F(DevicePageTest, unknown_state_counts_as_failed)
{
    for (const std::uint32_t word : {5u, 0x80000000u, ~0u}) {
        raw().frontend_state = word;
        EXPECT_EQ(page_.state(Side::frontend), DeviceState::failed);
        EXPECT_FALSE(page_.read(Side::frontend));
    }
}

TEST_F(DevicePageTest, generations_skip_zero)
{
    EXPECT_EQ(next_generation(0), 1u);
    EXPECT_EQ(next_generation(~0u), 1u);
}

// An honest backend that begins anew all the time: what is read is one offer or none.
TEST_F(DevicePageTest, reader_never_gets_parts_of_two_offers)
{
    std::atomic<bool> end = false;
    std::thread writer{[&] {
        for (std::uint32_t generation = 1; !end; generation = next_generation(generation)) {
            lintel_device content = offer();
            content.features = generation;
            content.queues = generation;
            std::fill_n(content.config, 32, generation);
            page_.write(Side::backend, content, generation);
        }
    }};
    unsigned read = 0;
    for (int i = 0; i < 20'000; i++)
        if (const auto seen = page_.read(Side::backend)) {
            read++;
            EXPECT_EQ(seen->features, seen->generation);
            EXPECT_EQ(seen->queues, seen->generation);
            for (const std::uint64_t word : seen->config)
                EXPECT_EQ(word, seen->generation);
        }
    end = true;
    writer.join();
    EXPECT_TRUE(page_.read(Side::backend)) << "and " << read << " before";
}

TEST(DeviceAnswer, possible_one_has_no_complaint)
{
    EXPECT_EQ(complaint(offer(), answer()), "");
}

TEST(DeviceAnswer, what_was_not_offered_is_named)
{
    const auto refused = [](auto change) {
        lintel_device changed = answer();
        change(changed);
        return !complaint(offer(), changed).empty();
    };
    EXPECT_TRUE(refused([](auto& a) { a.chosen_features = 8; }));
    EXPECT_TRUE(refused([](auto& a) { a.chosen_features = ~0ull; }));
    EXPECT_TRUE(refused([](auto& a) { a.chosen_queues = 0; }));
    EXPECT_TRUE(refused([](auto& a) { a.chosen_queues = 3; }));
    EXPECT_TRUE(refused([](auto& a) { a.chosen_queues = ~0u; }));
    EXPECT_TRUE(refused([](auto& a) { a.queue[1].ring_order = 6; }));
    EXPECT_TRUE(refused([](auto& a) { a.queue[0].ring_order = 32; }));
    EXPECT_FALSE(refused([](auto& a) { a.queue[2].ring_order = 32; })) << "not chosen";
}

} // namespace
} // namespace lintel::client
