// SPDX-License-Identifier: Apache-2.0
// Event delivery: the protocol with a polite guest, and with a lying one.
#include "event/event_channels.hpp"

#include <cstring>
#include <random>

#include "fakes/event_channels.hpp"

namespace lintel {
namespace {

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

} // namespace
} // namespace lintel
