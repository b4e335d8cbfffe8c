// SPDX-License-Identifier: Apache-2.0
// The port table: allocation order, limits, one port for each virtual interrupt.
#include "event/event_ports.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

class EventPortsTest : public testing::Test {
protected:
    Port bind_ipi(VcpuIndex vcpu)
    {
        const Port port = ports_.place(vcpu).take();
        ports_.bind(port, PortState::ipi(vcpu));
        return port;
    }
    Port bind_virq(std::uint32_t virq, VcpuIndex vcpu)
    {
        const Port port = ports_.place_virq(virq, vcpu).take();
        ports_.bind(port, PortState::virq(virq, vcpu));
        return port;
    }

    static constexpr std::uint32_t vcpus = 3;
    std::vector<PortState> storage_ = std::vector<PortState>(LINTEL_EVENT_PORTS);
    EventPorts ports_{storage_, vcpus};
};

TEST_F(EventPortsTest, ports_are_given_from_one_upwards)
{
    EXPECT_EQ(bind_ipi(0), 1u);
    EXPECT_EQ(bind_virq(LINTEL_VIRQ_TIMER, 0), 2u);
    EXPECT_EQ(bind_ipi(0), 3u);
}

TEST_F(EventPortsTest, closed_port_is_the_next_given_when_it_is_the_lowest)
{
    bind_ipi(0);
    bind_ipi(0);
    bind_ipi(0);
    EXPECT_TRUE(ports_.close(2).ok());
    EXPECT_EQ(bind_ipi(1), 2u);
    EXPECT_EQ(bind_ipi(1), 4u);
}

TEST_F(EventPortsTest, placing_changes_nothing)
{
    EXPECT_EQ(ports_.place(0).take(), 1u);
    EXPECT_EQ(ports_.place(0).take(), 1u);
    EXPECT_EQ(ports_.find(1).error(), Error::not_found);
}

TEST_F(EventPortsTest, bound_port_is_found_with_its_binding)
{
    const Port port = bind_virq(LINTEL_VIRQ_TIMER, 2);
    const auto state = ports_.find(port).take();
    EXPECT_EQ(state.kind(), PortState::Kind::virq);
    EXPECT_EQ(state.virq(), LINTEL_VIRQ_TIMER);
    EXPECT_EQ(state.vcpu(), 2u);
    EXPECT_EQ(ports_.virq_port(LINTEL_VIRQ_TIMER, 2), port);
    EXPECT_EQ(ports_.virq_port(LINTEL_VIRQ_TIMER, 1), 0u);
}

TEST_F(EventPortsTest, ports_never_bound_or_out_of_range_are_not_found)
{
    for (const Port port : {0u, 1u, 4095u, 4096u, 0x10001u, ~0u}) {
        EXPECT_EQ(ports_.find(port).error(), Error::not_found);
        EXPECT_EQ(ports_.close(port).error(), Error::not_found);
    }
}

TEST_F(EventPortsTest, second_binding_of_a_virq_on_the_same_vcpu_is_refused)
{
    bind_virq(LINTEL_VIRQ_TIMER, 1);
    EXPECT_EQ(ports_.place_virq(LINTEL_VIRQ_TIMER, 1).error(), Error::exists);
    EXPECT_TRUE(ports_.place_virq(LINTEL_VIRQ_TIMER, 0).ok());
}

TEST_F(EventPortsTest, closed_virq_can_be_bound_again)
{
    const Port port = bind_virq(LINTEL_VIRQ_TIMER, 1);
    EXPECT_TRUE(ports_.close(port).ok());
    EXPECT_EQ(ports_.virq_port(LINTEL_VIRQ_TIMER, 1), 0u);
    EXPECT_EQ(bind_virq(LINTEL_VIRQ_TIMER, 1), port);
}

TEST_F(EventPortsTest, closing_tells_what_was_bound)
{
    const Port port = ports_.place(1).take();
    ports_.bind(port, PortState::irq(0xef, 1));
    const PortState was = ports_.close(port).take();
    EXPECT_EQ(was.kind(), PortState::Kind::irq);
    EXPECT_EQ(was.vector(), 0xef);
    EXPECT_EQ(ports_.close(bind_ipi(0)).take().kind(), PortState::Kind::ipi);
    EXPECT_EQ(ports_.close(bind_virq(0, 0)).take().kind(), PortState::Kind::virq);
}

TEST_F(EventPortsTest, moving_changes_the_vcpu_and_nothing_else)
{
    const Port port = ports_.place(1).take();
    ports_.bind(port, PortState::irq(0x31, 1));
    EXPECT_TRUE(ports_.move(port, 2).ok());
    EXPECT_EQ(ports_.find(port).take().vcpu(), 2u);
    EXPECT_EQ(ports_.find(port).take().vector(), 0x31);
    EXPECT_EQ(ports_.find(port).take().kind(), PortState::Kind::irq);
}

TEST_F(EventPortsTest, refused_moves_change_nothing)
{
    const Port port = bind_ipi(1), timer = bind_virq(LINTEL_VIRQ_TIMER, 0);
    EXPECT_EQ(ports_.move(timer, 1).error(), Error::bad_argument);
    for (const VcpuIndex vcpu : {vcpus, 256u + 2, ~0u})
        EXPECT_EQ(ports_.move(port, vcpu).error(), Error::not_found);
    for (const Port other : {0u, timer + 1, 4096u, ~0u})
        EXPECT_EQ(ports_.move(other, 0).error(), Error::not_found);
    EXPECT_EQ(ports_.find(port).take().vcpu(), 1u);
    EXPECT_EQ(ports_.virq_port(LINTEL_VIRQ_TIMER, 0), timer);
}

TEST_F(EventPortsTest, unknown_virqs_are_refused)
{
    for (const std::uint32_t virq : {LINTEL_VIRQS, 256u, ~0u})
        EXPECT_EQ(ports_.place_virq(virq, 0).error(), Error::bad_argument);
}

TEST_F(EventPortsTest, console_virq_belongs_to_vcpu_0)
{
    EXPECT_EQ(ports_.place_virq(LINTEL_VIRQ_CONSOLE, 1).error(), Error::bad_argument);
    EXPECT_TRUE(ports_.place_virq(LINTEL_VIRQ_CONSOLE, 0).ok());
}

TEST_F(EventPortsTest, vcpus_the_domain_does_not_have_are_not_found)
{
    for (const VcpuIndex vcpu : {vcpus, LINTEL_EVENT_VCPUS, 256u, ~0u}) {
        EXPECT_EQ(ports_.place(vcpu).error(), Error::not_found);
        EXPECT_EQ(ports_.place_virq(LINTEL_VIRQ_TIMER, vcpu).error(), Error::not_found);
    }
}

TEST_F(EventPortsTest, all_ports_but_port_0_can_be_bound_and_no_more)
{
    for (Port port = 1; port < LINTEL_EVENT_PORTS; ++port)
        ASSERT_EQ(bind_ipi(0), port);
    EXPECT_EQ(ports_.place(0).error(), Error::limit_reached);
    EXPECT_EQ(ports_.place_virq(LINTEL_VIRQ_TIMER, 0).error(), Error::limit_reached);
    EXPECT_TRUE(ports_.close(4095).ok());
    EXPECT_EQ(bind_ipi(0), 4095u);
}

TEST(EventPortsDeathTest, sizes_beyond_the_shared_page_are_caught)
{
    std::vector<PortState> storage(LINTEL_EVENT_PORTS + 1);
    EXPECT_DEATH(EventPorts(storage, 1), "storage.size");
    EXPECT_DEATH(EventPorts(std::span{storage}.first(1), 1), "storage.size");
    EXPECT_DEATH(EventPorts(std::span{storage}.first(64), 0), "vcpus");
    EXPECT_DEATH(EventPorts(std::span{storage}.first(64), 49), "vcpus");
}

} // namespace
} // namespace lintel
