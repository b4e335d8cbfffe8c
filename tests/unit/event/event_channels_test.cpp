// SPDX-License-Identifier: Apache-2.0
// Event delivery: the protocol with a polite guest, with a lying one, and with one that races us.
#include "event/event_channels.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

struct RecordingSink {
    void upcall(VcpuIndex vcpu) { vcpus.push_back(vcpu); }
    std::vector<VcpuIndex> vcpus;
};

class EventChannelsTest : public testing::Test {
protected:
    bool pending(Port port) const { return shared_.pending[port / 64] >> port % 64 & 1; }
    void mask(Port port) { shared_.mask[port / 64] |= 1ull << port % 64; }
    void clear_pending(Port port) { shared_.pending[port / 64] &= ~(1ull << port % 64); }
    Port ipi(VcpuIndex vcpu) { return events_.bind_ipi(vcpu).take(); }
    // What the upcall handler does first; answers which words had news.
    std::uint64_t take_upcall(VcpuIndex vcpu)
    {
        shared_.vcpu[vcpu].pending = 0;
        return std::exchange(shared_.vcpu[vcpu].selector, 0);
    }
    std::size_t upcalls() const { return sink_.vcpus.size(); }

    static constexpr std::uint32_t vcpus = 3;
    lintel_events shared_{};
    std::vector<PortState> storage_ = std::vector<PortState>(LINTEL_EVENT_PORTS);
    RecordingSink sink_;
    EventChannels<RecordingSink> events_{shared_, storage_, vcpus, sink_};
};

TEST_F(EventChannelsTest, first_event_sets_all_three_levels_and_makes_one_upcall)
{
    const Port port = ipi(2);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_TRUE(pending(port));
    EXPECT_EQ(shared_.vcpu[2].selector, 1u);
    EXPECT_EQ(shared_.vcpu[2].pending, 1u);
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{2});
}

TEST_F(EventChannelsTest, selector_names_the_word_of_the_port)
{
    for (Port port = 1; port < 130; ++port)
        ipi(0);
    EXPECT_TRUE(events_.send(129).ok());
    EXPECT_EQ(shared_.vcpu[0].selector, 1u << 2);
    EXPECT_EQ(shared_.pending[2], 1u << 1);
}

TEST_F(EventChannelsTest, event_that_is_already_pending_makes_no_second_upcall)
{
    const Port port = ipi(0);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(upcalls(), 1u);
}

TEST_F(EventChannelsTest, second_port_before_the_guest_looked_shares_the_upcall)
{
    const Port one = ipi(0);
    const Port other = ipi(0);
    EXPECT_TRUE(events_.send(one).ok());
    EXPECT_TRUE(events_.send(other).ok());
    EXPECT_TRUE(pending(other));
    EXPECT_EQ(upcalls(), 1u);
}

TEST_F(EventChannelsTest, ports_of_two_vcpus_in_one_word_make_an_upcall_on_each)
{
    EXPECT_TRUE(events_.send(ipi(0)).ok());
    EXPECT_TRUE(events_.send(ipi(1)).ok());
    EXPECT_EQ(sink_.vcpus, (std::vector<VcpuIndex>{0, 1}));
}

TEST_F(EventChannelsTest, event_after_the_handler_took_the_upcall_makes_another)
{
    const Port port = ipi(0);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(take_upcall(0), 1u);
    clear_pending(port);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(upcalls(), 2u);
}

TEST_F(EventChannelsTest, event_during_the_sweep_leaves_a_selector_bit_and_an_upcall)
{
    const Port one = ipi(0);
    const Port other = ipi(0);
    EXPECT_TRUE(events_.send(one).ok());
    shared_.vcpu[0].pending = 0; // the handler has begun, but not taken the selector yet
    EXPECT_TRUE(events_.send(other).ok());
    EXPECT_EQ(shared_.vcpu[0].selector, 1u);
    EXPECT_EQ(upcalls(), 2u);
}

TEST_F(EventChannelsTest, masked_port_becomes_pending_without_an_upcall)
{
    const Port port = ipi(0);
    mask(port);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_TRUE(pending(port));
    EXPECT_EQ(shared_.vcpu[0].selector, 0u);
    EXPECT_EQ(shared_.vcpu[0].pending, 0u);
    EXPECT_EQ(upcalls(), 0u);
}

TEST_F(EventChannelsTest, unmask_makes_the_upcall_that_was_held_back)
{
    const Port port = ipi(1);
    mask(port);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_TRUE(events_.unmask(port).ok());
    EXPECT_EQ(shared_.mask[0], 0u);
    EXPECT_EQ(shared_.vcpu[1].selector, 1u);
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{1});
}

TEST_F(EventChannelsTest, unmask_of_a_bit_the_guest_cleared_itself_still_makes_the_upcall)
{
    const Port port = ipi(0);
    mask(port);
    EXPECT_TRUE(events_.send(port).ok());
    shared_.mask[0] = 0;
    EXPECT_TRUE(events_.unmask(port).ok());
    EXPECT_EQ(upcalls(), 1u);
}

TEST_F(EventChannelsTest, unmask_without_a_pending_event_makes_no_upcall)
{
    const Port port = ipi(0);
    mask(port);
    EXPECT_TRUE(events_.unmask(port).ok());
    EXPECT_EQ(shared_.mask[0], 0u);
    EXPECT_EQ(upcalls(), 0u);
}

TEST_F(EventChannelsTest, unmask_leaves_the_other_ports_masks_alone)
{
    const Port port = ipi(0);
    shared_.mask[0] = ~0ull;
    EXPECT_TRUE(events_.unmask(port).ok());
    EXPECT_EQ(shared_.mask[0], ~(1ull << port));
}

TEST_F(EventChannelsTest, port_masked_while_pending_is_announced_again_when_unmasked)
{
    const Port port = ipi(0);
    EXPECT_TRUE(events_.send(port).ok());
    mask(port);
    EXPECT_EQ(take_upcall(0), 1u); // the handler skips it, as it is masked
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(upcalls(), 1u);
    EXPECT_TRUE(events_.unmask(port).ok());
    EXPECT_EQ(upcalls(), 2u);
    EXPECT_EQ(shared_.vcpu[0].selector, 1u);
}

TEST_F(EventChannelsTest, send_to_a_virq_port_is_not_permitted)
{
    const Port port = events_.bind_virq(LINTEL_VIRQ_TIMER, 0).take();
    EXPECT_EQ(events_.send(port).error(), Error::not_permitted);
    EXPECT_FALSE(pending(port));
}

TEST_F(EventChannelsTest, calls_on_ports_that_are_not_bound_change_nothing)
{
    const lintel_events before = shared_;
    for (const Port port : {0u, 1u, 4095u, 4096u, ~0u}) {
        EXPECT_EQ(events_.send(port).error(), Error::not_found);
        EXPECT_EQ(events_.unmask(port).error(), Error::not_found);
        EXPECT_EQ(events_.close(port).error(), Error::not_found);
    }
    EXPECT_EQ(std::memcmp(&before, &shared_, sizeof before), 0);
    EXPECT_EQ(upcalls(), 0u);
}

TEST_F(EventChannelsTest, refused_bindings_leave_the_shared_words_alone)
{
    shared_.pending[0] = ~0ull;
    EXPECT_EQ(events_.bind_virq(99, 0).error(), Error::bad_argument);
    EXPECT_EQ(events_.bind_virq(LINTEL_VIRQ_CONSOLE, 1).error(), Error::bad_argument);
    EXPECT_EQ(events_.bind_ipi(vcpus).error(), Error::not_found);
    EXPECT_EQ(shared_.pending[0], ~0ull);
}

TEST_F(EventChannelsTest, raised_virq_reaches_the_vcpu_it_is_bound_on)
{
    const Port port = events_.bind_virq(LINTEL_VIRQ_TIMER, 2).take();
    events_.raise_virq(LINTEL_VIRQ_TIMER, 2);
    EXPECT_TRUE(pending(port));
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{2});
}

TEST_F(EventChannelsTest, raised_virq_that_is_not_bound_is_dropped)
{
    EXPECT_TRUE(events_.bind_virq(LINTEL_VIRQ_TIMER, 2).ok());
    events_.raise_virq(LINTEL_VIRQ_TIMER, 1);
    events_.raise_virq(LINTEL_VIRQ_CONSOLE, 0);
    EXPECT_EQ(shared_.pending[0], 0u);
    EXPECT_EQ(upcalls(), 0u);
}

TEST_F(EventChannelsTest, closing_forgets_a_pending_event)
{
    const Port port = ipi(0);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_TRUE(events_.close(port).ok());
    EXPECT_FALSE(pending(port));
    EXPECT_EQ(events_.send(port).error(), Error::not_found);
}

TEST_F(EventChannelsTest, stale_pending_bit_does_not_swallow_the_first_event_of_a_new_port)
{
    shared_.pending[0] = ~0ull;
    const Port port = ipi(0);
    EXPECT_FALSE(pending(port));
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(upcalls(), 1u);
}

TEST_F(EventChannelsTest, binding_keeps_the_mask_bit_the_guest_chose)
{
    shared_.mask[0] = ~0ull;
    const Port port = ipi(0);
    EXPECT_EQ(shared_.mask[0], ~0ull);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(upcalls(), 0u);
}

TEST_F(EventChannelsTest, events_after_a_move_reach_the_new_vcpu)
{
    const Port port = ipi(0);
    EXPECT_TRUE(events_.move(port, 2).ok());
    EXPECT_EQ(upcalls(), 0u);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{2});
    EXPECT_EQ(shared_.vcpu[0].selector, 0u);
}

TEST_F(EventChannelsTest, pending_event_is_announced_where_its_port_is_moved_to)
{
    const Port port = ipi(0);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_TRUE(events_.move(port, 1).ok());
    EXPECT_TRUE(pending(port));
    EXPECT_EQ(shared_.vcpu[1].selector, 1u);
    EXPECT_EQ(sink_.vcpus, (std::vector<VcpuIndex>{0, 1}));
}

TEST_F(EventChannelsTest, masked_event_is_announced_at_the_new_vcpu_when_it_is_unmasked)
{
    const Port port = ipi(0);
    mask(port);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_TRUE(events_.move(port, 1).ok());
    EXPECT_EQ(upcalls(), 0u);
    EXPECT_TRUE(events_.unmask(port).ok());
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{1});
}

TEST_F(EventChannelsTest, refused_moves_announce_nothing)
{
    const Port timer = events_.bind_virq(LINTEL_VIRQ_TIMER, 0).take();
    events_.raise_virq(LINTEL_VIRQ_TIMER, 0);
    EXPECT_EQ(events_.move(timer, 1).error(), Error::bad_argument);
    EXPECT_EQ(events_.move(ipi(0), vcpus).error(), Error::not_found);
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{0});
}

TEST_F(EventChannelsTest, devices_port_is_raised_by_the_hypervisor_alone)
{
    const Port port = events_.bind_irq(0x31, 1).take();
    EXPECT_EQ(events_.send(port).error(), Error::not_permitted);
    EXPECT_EQ(upcalls(), 0u);
    events_.raise_irq(port);
    EXPECT_TRUE(pending(port));
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{1});
    EXPECT_EQ(events_.irq_vector(port).take(), 0x31);
}

TEST_F(EventChannelsTest, only_a_devices_port_has_a_vector)
{
    EXPECT_EQ(events_.irq_vector(ipi(0)).error(), Error::bad_argument);
    EXPECT_EQ(events_.irq_vector(2).error(), Error::not_found);
}

TEST_F(EventChannelsTest, interrupt_of_a_port_closed_meanwhile_makes_no_upcall_then_or_later)
{
    const Port port = events_.bind_irq(0x31, 0).take();
    EXPECT_EQ(events_.close(port).take().vector(), 0x31);
    events_.raise_irq(port);
    EXPECT_EQ(ipi(0), port);
    EXPECT_EQ(upcalls(), 0u);
}

TEST_F(EventChannelsTest, guest_that_clears_the_upcall_word_but_not_the_selector_gets_upcalls)
{
    const Port port = ipi(0);
    EXPECT_TRUE(events_.send(port).ok());
    shared_.vcpu[0].pending = 0;
    clear_pending(port);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(shared_.vcpu[0].selector, 1u);
    EXPECT_EQ(upcalls(), 2u);
}

TEST_F(EventChannelsTest, guest_that_forges_its_upcall_word_only_loses_its_own_upcalls)
{
    shared_.vcpu[0].pending = ~0u;
    EXPECT_TRUE(events_.send(ipi(0)).ok());
    EXPECT_TRUE(events_.send(ipi(1)).ok());
    EXPECT_EQ(sink_.vcpus, std::vector<VcpuIndex>{1});
}

TEST_F(EventChannelsTest, page_full_of_ones_changes_no_answer)
{
    const Port port = ipi(0);
    const Port timer = events_.bind_virq(LINTEL_VIRQ_TIMER, 0).take();
    std::memset(&shared_, 0xff, sizeof shared_);
    EXPECT_TRUE(events_.send(port).ok());
    EXPECT_EQ(events_.send(timer).error(), Error::not_permitted);
    EXPECT_EQ(events_.send(3).error(), Error::not_found);
    EXPECT_EQ(ipi(0), 3u);
    events_.raise_virq(LINTEL_VIRQ_TIMER, 0);
    EXPECT_TRUE(events_.unmask(timer).ok());
    EXPECT_EQ(upcalls(), 0u);
}

TEST_F(EventChannelsTest, words_of_other_vcpus_are_never_touched)
{
    const lintel_events before = shared_;
    EXPECT_TRUE(events_.send(ipi(1)).ok());
    for (const VcpuIndex vcpu : {0u, 2u, 47u})
        EXPECT_EQ(std::memcmp(&before.vcpu[vcpu], &shared_.vcpu[vcpu], sizeof(lintel_upcall)), 0);
}

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
