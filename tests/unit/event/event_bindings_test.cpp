// SPDX-License-Identifier: Apache-2.0
// What becomes of events when ports are bound, closed and moved, and calls that are refused.
#include "event/event_channels.hpp"

#include <cstring>

#include "fakes/event_channels.hpp"

namespace lintel {
namespace {

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

} // namespace
} // namespace lintel
