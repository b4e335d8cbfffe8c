// SPDX-License-Identifier: Apache-2.0
// Event delivery to a guest that masks, unmasks and moves its ports meanwhile.
#include "event/event_channels.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

// For races: to stay in step with the other side, and to meet it at another point each time. Yields
// for machines with one CPU.
void wait_for(const std::atomic<unsigned>& word, unsigned value)
{
    for (unsigned spins = 1; word.load() != value; ++spins)
        if (spins % 4096 == 0)
            std::this_thread::yield();
}
void pass_time(unsigned steps)
{
    for (std::atomic<unsigned> step{0}; step < steps; ++step)
        ;
}

// Once the send and the move are over, the vCPU that the port was moved to has been told.
TEST(EventChannelsRace, no_event_is_lost_while_its_port_moves)
{
    struct NoSink {
        void upcall(VcpuIndex) {}
    } sink;
    lintel_events shared{};
    std::vector<PortState> storage(64);
    EventChannels<NoSink> events{shared, storage, 2, sink};
    const Port port = events.bind_ipi(0).take();
    constexpr unsigned rounds = 20'000;
    std::atomic<unsigned> started{0}, sent{0};
    std::thread sender{[&] {
        std::mt19937 random{3};
        for (unsigned round = 1; round <= rounds; ++round) {
            wait_for(started, round);
            pass_time(random() % 32);
            EXPECT_TRUE(events.send(port).ok());
            sent.store(round);
        }
    }};
    std::mt19937 random{4};
    unsigned told = 0;
    for (unsigned round = 1; round <= rounds; ++round) {
        const VcpuIndex target = round % 2;
        std::memset(&shared, 0, sizeof shared);
        started.store(round);
        pass_time(random() % 32);
        EXPECT_TRUE(events.move(port, target).ok());
        wait_for(sent, round);
        told += __atomic_load_n(&shared.vcpu[target].selector, __ATOMIC_SEQ_CST) != 0 ? 1 : 0;
    }
    sender.join();
    EXPECT_EQ(told, rounds);
}

// A guest vCPU and a sender on another CPU, for real, one event a round. The guest works only when
// an upcall told it to, so an event whose upcall is missing is not seen by the end of its round.
class RacingGuest {
public:
    // The number of rounds whose event was seen.
    unsigned run(unsigned rounds)
    {
        std::thread sender{[this, rounds] { send_each_round(rounds); }};
        std::mt19937 random{1};
        unsigned seen = 0;
        for (unsigned round = 1; round <= rounds; ++round) {
            seen_ = false;
            started_.store(round);
            mask_and_unmask(random() % 2 == 0, random() % 64);
            wait_for(finished_, round);
            handle_due_upcall();
            seen += seen_ ? 1 : 0;
            __atomic_fetch_and(&shared_.pending[0], ~bit(), __ATOMIC_SEQ_CST);
        }
        sender.join();
        return seen;
    }

private:
    struct DueFlag {
        void upcall(VcpuIndex) { due.store(true); }
        std::atomic<bool> due{false};
    };

    std::uint64_t bit() const { return 1ull << port_; }
    void send_each_round(unsigned rounds)
    {
        std::mt19937 random{2};
        for (unsigned round = 1; round <= rounds; ++round) {
            wait_for(started_, round);
            pass_time(random() % 64);
            EXPECT_TRUE(events_.send(port_).ok());
            finished_.store(round);
        }
    }

    void handle_due_upcall()
    {
        while (due_.due.exchange(false)) {
            __atomic_exchange_n(&shared_.vcpu[0].pending, 0u, __ATOMIC_SEQ_CST);
            if (__atomic_exchange_n(&shared_.vcpu[0].selector, 0ull, __ATOMIC_SEQ_CST) == 0)
                continue;
            if (__atomic_load_n(&shared_.mask[0], __ATOMIC_SEQ_CST) & bit())
                continue;
            if (__atomic_fetch_and(&shared_.pending[0], ~bit(), __ATOMIC_SEQ_CST) & bit())
                seen_ = true;
        }
    }

    // Either way of unmasking that the contract offers.
    void mask_and_unmask(bool by_itself, unsigned steps)
    {
        __atomic_fetch_or(&shared_.mask[0], bit(), __ATOMIC_SEQ_CST);
        pass_time(steps);
        handle_due_upcall();
        if (by_itself) {
            __atomic_fetch_and(&shared_.mask[0], ~bit(), __ATOMIC_SEQ_CST);
            if ((__atomic_load_n(&shared_.pending[0], __ATOMIC_SEQ_CST) & bit()) == 0)
                return;
        }
        EXPECT_TRUE(events_.unmask(port_).ok());
    }

    lintel_events shared_{};
    std::vector<PortState> storage_ = std::vector<PortState>(64);
    DueFlag due_;
    EventChannels<DueFlag> events_{shared_, storage_, 1, due_};
    Port port_ = events_.bind_ipi(0).take();
    std::atomic<unsigned> started_{0};
    std::atomic<unsigned> finished_{0};
    bool seen_ = false;
};

TEST(EventChannelsRace, no_event_is_lost_while_the_guest_masks_and_unmasks)
{
    constexpr unsigned rounds = 20'000;
    EXPECT_EQ(RacingGuest{}.run(rounds), rounds);
}

} // namespace
} // namespace lintel
