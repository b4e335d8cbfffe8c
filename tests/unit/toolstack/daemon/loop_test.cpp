// SPDX-License-Identifier: Apache-2.0
#include "daemon/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

using namespace std::chrono_literals;

UniqueFd signalled()
{
    return UniqueFd{::eventfd(1, EFD_NONBLOCK)};
}

TEST(Loop, timers_run_in_order_and_not_when_cancelled)
{
    Loop loop;
    std::vector<int> ran;
    loop.after(2ms, [&] { ran.push_back(2); });
    loop.after(0ms, [&] { ran.push_back(0); });
    const auto cancelled = loop.after(1ms, [&] { ran.push_back(1); });
    loop.cancel(cancelled);
    loop.cancel(0);
    while (ran.size() < 2)
        loop.step(1s);
    EXPECT_EQ(ran, (std::vector{0, 2}));
}

TEST(Loop, timer_that_sets_itself_again_lets_descriptors_in)
{
    Loop loop;
    const auto fd = signalled();
    unsigned ticks = 0;
    unsigned events = 0;
    std::function<void()> again = [&] {
        ++ticks;
        loop.after(0ms, again);
    };
    loop.after(0ms, again);
    loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t) { ++events; });
    for (int i = 0; i < 10; ++i)
        loop.step(1s);
    EXPECT_EQ(events, 10);
    EXPECT_GE(ticks, 9);
    EXPECT_LE(ticks, 11);
}

TEST(Loop, handler_may_forget_itself_and_others)
{
    Loop loop;
    const auto one = signalled();
    const auto two = signalled();
    unsigned calls = 0;
    const auto forget_both = [&](std::uint32_t) {
        ++calls;
        loop.forget(one.get());
        loop.forget(two.get());
    };
    loop.watch(one.get(), EPOLLIN, forget_both);
    loop.watch(two.get(), EPOLLIN, forget_both);
    loop.step(1s);
    loop.step(0ms);
    EXPECT_EQ(calls, 1);
}

TEST(Loop, interest_can_be_changed)
{
    Loop loop;
    const auto fd = signalled();
    unsigned calls = 0;
    loop.watch(fd.get(), 0, [&](std::uint32_t) { ++calls; });
    loop.step(0ms);
    EXPECT_EQ(calls, 0);
    loop.change(fd.get(), EPOLLIN);
    loop.step(1s);
    EXPECT_EQ(calls, 1);
}

} // namespace
} // namespace lintel
