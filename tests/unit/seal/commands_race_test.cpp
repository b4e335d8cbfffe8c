// SPDX-License-Identifier: Apache-2.0
// Commands of several vCPUs on the same entries: whatever one takes out another has put in, and nothing is
// lost or there twice. Under the sanitizers, with real threads and the real lock.
#include "seal/commands.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"

namespace lintel::seal {
namespace {

constexpr unsigned vcpus = 3, entries = 8;

// Notes of absent pages, each of them different.
constexpr std::uint64_t note(unsigned number)
{
    return 0x1000ull * (number + 1);
}

// Stays in each access for a while, so that two at a time are sure to meet.
struct SlowMemory {
    std::uint64_t* entries(Gfn page)
    {
        if (inside.fetch_add(1) != 0)
            met = true;
        std::this_thread::sleep_for(std::chrono::microseconds{50});
        inside.fetch_sub(1);
        return domain.entries(page);
    }
    void load_root(Gfn) {}

    FakeSealed& domain;
    std::atomic<unsigned> inside = 0;
    std::atomic<bool> met = false;
};

// The next command has to ask `Memory` for the table.
void forget(Tables& tables)
{
    const Guard guard{tables.lock};
    tables.reached.forget();
}

TEST(SealCommandsRace, exchanges_and_changes_of_runs_neither_lose_nor_double_an_entry)
{
    FakeSealed domain;
    std::vector<std::uint64_t> expected, held(vcpus);
    for (unsigned i = 0; i < entries; ++i)
        expected.push_back(domain.entry(FakeSealed::pt, i) = note(i));
    for (unsigned vcpu = 0; vcpu < vcpus; ++vcpu)
        expected.push_back(held[vcpu] = note(entries + vcpu));

    SlowMemory memory{domain};
    Commands commands{domain.tables, memory};
    std::atomic<bool> stop = false;
    const auto run = [&](unsigned vcpu) {
        std::mt19937 random{vcpu};
        while (!stop) { // a ticket lock among threads is slow: time is counted, not rounds
            forget(domain.tables);
            const std::uint64_t address = FakeSealed::at(FakeSealed::pt, random() % entries);
            held[vcpu] = commands.exchange(address, held[vcpu]).take();
            forget(domain.tables);
            // Stores what it has loaded: too late, if anybody came in between.
            const std::array<std::uint64_t, 4> words{FakeSealed::at(FakeSealed::pt, 0) | 1, entries,
                                                     ~0ull, 0};
            const BatchAnswer answer = commands.batch([&](unsigned i) { return words[i]; }, 2);
            ASSERT_EQ(answer, (BatchAnswer{2, std::nullopt}));
        }
    };
    std::vector<std::thread> threads;
    for (unsigned vcpu = 0; vcpu < vcpus; ++vcpu)
        threads.emplace_back(run, vcpu);
    std::this_thread::sleep_for(std::chrono::milliseconds{400});
    stop = true;
    for (std::thread& thread : threads)
        thread.join();

    std::vector<std::uint64_t> found = held;
    for (unsigned i = 0; i < entries; ++i)
        found.push_back(domain.entry(FakeSealed::pt, i));
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, expected);
    EXPECT_FALSE(memory.met) << "two vCPUs at the tables at a time";
}

TEST(SealCommandsRace, one_of_many_gets_the_frame)
{
    FakeSealed domain;
    std::vector<unsigned> claimed(vcpus);
    const auto run = [&](unsigned vcpu) {
        for (std::uint64_t frame = 4000; frame < 4064; ++frame) {
            claimed[vcpu] +=
                domain.tables.move({{frame}, 1}, FrameKind::plain, FrameKind::moving).ok();
            std::this_thread::yield();
        }
    };
    std::vector<std::thread> threads;
    for (unsigned vcpu = 0; vcpu < vcpus; ++vcpu)
        threads.emplace_back(run, vcpu);
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(std::accumulate(claimed.begin(), claimed.end(), 0u), 64u);
}

} // namespace
} // namespace lintel::seal
