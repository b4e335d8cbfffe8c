// SPDX-License-Identifier: Apache-2.0
// The ticket lock keeps others out, lets them in, and can be seized from an owner that is gone.
#include "cpu/spin_lock.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

TEST(SpinLockTest, one_at_a_time)
{
    constexpr unsigned threads = 4, rounds = 20'000;
    SpinLock lock;
    unsigned counter = 0; // not atomic: the lock is what keeps it right
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < threads; ++i)
        workers.emplace_back([&] {
            for (unsigned round = 0; round < rounds; ++round) {
                const Guard guard{lock};
                ++counter;
            }
        });
    for (auto& worker : workers)
        worker.join();
    EXPECT_EQ(counter, threads * rounds);
}

TEST(SpinLockTest, trying_fails_while_it_is_held)
{
    SpinLock lock;
    ASSERT_TRUE(lock.try_lock());
    EXPECT_FALSE(lock.try_lock());
    lock.unlock();
    EXPECT_TRUE(lock.try_lock());
    lock.unlock();
}

TEST(SpinLockTest, seized_from_an_owner_that_never_comes_back)
{
    SpinLock lock;
    lock.lock();
    lock.seize();
    lock.unlock();
    EXPECT_TRUE(lock.try_lock());
    lock.unlock();
}

} // namespace
} // namespace lintel
