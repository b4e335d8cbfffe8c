// SPDX-License-Identifier: Apache-2.0
// The two tables of states against each other: all that can happen, in every order, with what each
// side believes of the other as old as it may be.
#include "client/device_states.hpp"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace lintel::client {
namespace {

using enum DeviceState;

constexpr std::uint32_t most_offers = 4;

// Both groups of a page, and what each side has seen of the other's. A side's step is two: it
// looks, then it acts by what it saw.
struct World {
    DeviceState backend = absent;
    std::uint32_t generation = 0;
    DeviceState backend_sees = absent;

    DeviceState frontend = absent;
    std::uint32_t seen_generation = 0;
    DeviceState frontend_sees = absent;
    std::uint32_t frontend_sees_generation = 0;

    bool backend_stops = false;
    bool frontend_stops = false;
    bool removed = false;

    auto operator<=>(const World&) const = default;
};

std::vector<World> backend_steps(const World& world)
{
    World look = world;
    look.backend_sees = world.seen_generation == world.generation ? world.frontend : absent;

    World act = world;
    act.backend = next_backend_state({.own = world.backend,
                                      .frontend = world.backend_sees,
                                      .removed = world.removed,
                                      .stop = world.backend_stops,
                                      .finished = true});
    if (world.backend == absent && act.backend == ready) {
        if (world.generation == most_offers)
            return {look};
        act.generation++;
        act.backend_sees = absent;
    }
    return {look, act};
}

std::vector<World> frontend_steps(const World& world)
{
    World look = world;
    look.frontend_sees = world.backend;
    look.frontend_sees_generation = world.generation;

    World act = world;
    act.frontend =
        next_frontend_state({.own = world.frontend,
                             .backend = world.frontend_sees,
                             .same = world.seen_generation == world.frontend_sees_generation,
                             .removed = world.removed,
                             .stop = world.frontend_stops});
    if (act.frontend == ready && world.frontend != ready)
        act.seen_generation = world.frontend_sees_generation;
    return {look, act};
}

// What else can happen at any time.
std::vector<World> events(const World& world)
{
    const auto with = [&](auto change) {
        World next = world;
        change(next);
        return next;
    };
    std::vector<World> next = {
        with([](World& w) { w.backend_stops = !w.backend_stops; }),
        with([](World& w) { w.frontend_stops = !w.frontend_stops; }),
        // The backend's program dies, and the toolstack says so; another will start.
        with([](World& w) { w.backend = w.backend_sees = absent; }),
        // Another kernel starts.
        with([](World& w) {
            w.frontend = w.frontend == absent ? absent : failed;
            w.frontend_sees = absent;
        }),
        with([](World& w) { w.removed = true; }),
    };
    // Either side finds that the other broke the protocol.
    if (world.backend == connected || world.backend == closing)
        next.push_back(with([](World& w) { w.backend = failed; }));
    if (world.frontend != absent && world.frontend != failed)
        next.push_back(with([](World& w) { w.frontend = failed; }));
    return next;
}

using Steps = std::function<std::vector<World>(const World&)>;

std::set<World> reachable(const World& start, const Steps& steps)
{
    std::set<World> found = {start};
    std::vector<World> open = {start};
    while (!open.empty()) {
        const World world = open.back();
        open.pop_back();
        for (const World& next : steps(world))
            if (found.insert(next).second)
                open.push_back(next);
    }
    return found;
}

std::vector<World> protocol(const World& world)
{
    auto next = backend_steps(world);
    const auto more = frontend_steps(world);
    next.insert(next.end(), more.begin(), more.end());
    return next;
}

std::vector<World> everything(const World& world)
{
    auto next = protocol(world);
    const auto more = events(world);
    next.insert(next.end(), more.begin(), more.end());
    return next;
}

// Where the two come to by their tables alone, if each gets its turn again and again.
World settle(World world)
{
    for (int round = 0; round < 12; round++) {
        for (const auto& steps : {backend_steps, frontend_steps})
            for (std::size_t step = 0; step < 2; step++) {
                const auto next = steps(world);
                world = next[std::min(step, next.size() - 1)];
            }
    }
    return world;
}

class DeviceStates : public testing::Test {
protected:
    static const std::set<World>& worlds()
    {
        static const std::set<World> all = reachable(World{}, everything);
        return all;
    }
};

TEST_F(DeviceStates, there_are_many_to_look_at)
{
    EXPECT_GT(worlds().size(), 5'000u);
}

TEST_F(DeviceStates, from_everywhere_they_connect_once_nothing_is_in_the_way)
{
    for (World world : worlds()) {
        if (world.removed || world.generation + 3 > most_offers)
            continue;
        world.backend_stops = world.frontend_stops = false;
        const World end = settle(world);
        ASSERT_EQ(end.backend, connected);
        ASSERT_EQ(end.frontend, connected);
        ASSERT_EQ(end.seen_generation, end.generation);
    }
}

TEST_F(DeviceStates, from_everywhere_a_removal_comes_to_its_end)
{
    for (World world : worlds()) {
        world.removed = true;
        world.backend_stops = world.frontend_stops = false;
        const World end = settle(world);
        ASSERT_TRUE(end.backend == absent);
        ASSERT_TRUE(end.frontend == absent || end.frontend == failed);
    }
}

TEST_F(DeviceStates, offer_stays_while_nobody_answers)
{
    for (World world : worlds()) {
        if (world.removed || world.generation + 2 > most_offers)
            continue;
        world.backend_stops = false;
        world.frontend_stops = true;
        const World end = settle(world);
        ASSERT_EQ(end.backend, ready);
        ASSERT_LE(end.generation, world.generation + 2);
        ASSERT_EQ(settle(end), end);
    }
}

TEST_F(DeviceStates, answer_stays_as_long_as_the_backend_may_use_it)
{
    for (const World& world : worlds()) {
        const bool uses = world.backend == connected || world.backend == closing;
        ASSERT_TRUE(!uses || world.seen_generation == world.generation);
        for (const World& next : frontend_steps(world)) {
            const bool answers = next.frontend == ready && world.frontend != ready;
            ASSERT_TRUE(!answers || (!uses && next.seen_generation != world.seen_generation));
        }
    }
}

} // namespace
} // namespace lintel::client
