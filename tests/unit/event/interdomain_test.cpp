// SPDX-License-Identifier: Apache-2.0
// Channels between domains: who may bind to what, events in both directions, and every way that an
// end can go.
#include "event/interdomain.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_domain.hpp"

namespace lintel {
namespace {

class Interdomain : public testing::Test {
protected:
    static constexpr std::uint32_t ports = 8;
    Port await(FakeDomain& domain, const FakeDomain& peer)
    {
        return await_peer(domain, peer.id).take();
    }
    Port bind(FakeDomain& domain, FakeDomain& peer, Port remote, VcpuIndex vcpu = 0)
    {
        return bind_to_peer(domain, peer, remote, vcpu).take();
    }
    Result<FakeDomain*> send(FakeDomain& domain, Port port)
    {
        return send_event(domain, port, domains_);
    }
    Result<> close(FakeDomain& domain, Port port)
    {
        return close_port(domain, port, domains_, [](PortState) {});
    }
    static PortState::Kind kind(const FakeDomain& domain, Port port)
    {
        return domain.events.find(port).take().kind();
    }
    // Whether the two ports are each other's ends.
    static bool paired(const FakeDomain& one, Port port, const FakeDomain& two, Port other)
    {
        return one.events.find(port).take().leads_to(two.id, other) &&
               two.events.find(other).take().leads_to(one.id, port);
    }

    FakeMachine machine_;
    FakeDomain a_{machine_, 1}, b_{machine_, 2}, c_{machine_, 3};
    FakeDomains domains_{{&a_, &b_, &c_}};
};

TEST_F(Interdomain, events_go_both_ways)
{
    const Port a = await(a_, b_), b = bind(b_, a_, a, 1);
    EXPECT_TRUE(paired(a_, a, b_, b));
    EXPECT_TRUE(send(a_, a).ok());
    EXPECT_TRUE(b_.pending(b));
    EXPECT_EQ(b_.upcalls.vcpus, std::vector<VcpuIndex>{1});
    EXPECT_TRUE(a_.upcalls.vcpus.empty());
    EXPECT_TRUE(send(b_, b).ok());
    EXPECT_TRUE(a_.pending(a));
    EXPECT_EQ(a_.upcalls.vcpus, std::vector<VcpuIndex>{0});
}

TEST_F(Interdomain, port_that_awaits_has_nobody_to_send_to)
{
    const Port a = await(a_, b_);
    EXPECT_EQ(send(a_, a).error(), Error::try_again);
    EXPECT_FALSE(a_.pending(a));
}

TEST_F(Interdomain, only_the_awaited_domain_may_bind)
{
    const Port a = await(a_, b_);
    EXPECT_EQ(bind_to_peer(c_, a_, a, 0).error(), Error::not_permitted);
    const Port b = bind(b_, a_, a);
    EXPECT_EQ(bind_to_peer(c_, a_, a, 0).error(), Error::not_permitted);
    EXPECT_EQ(bind_to_peer(b_, a_, a, 0).error(), Error::busy); // once
    EXPECT_TRUE(paired(a_, a, b_, b));
    EXPECT_EQ(c_.events.find(1).error(), Error::not_found); // nothing was taken
    EXPECT_EQ(b_.events.find(b + 1).error(), Error::not_found);
}

TEST_F(Interdomain, ports_of_other_kinds_and_none_cannot_be_bound_to)
{
    const Port ipi = a_.events.bind_ipi(0).take();
    const Port timer = a_.events.bind_virq(LINTEL_VIRQ_TIMER, 0).take();
    EXPECT_EQ(bind_to_peer(b_, a_, ipi, 0).error(), Error::not_permitted);
    EXPECT_EQ(bind_to_peer(b_, a_, timer, 0).error(), Error::not_permitted);
    for (const Port port : {0u, timer + 1, ports, 4096u, ~0u})
        EXPECT_EQ(bind_to_peer(b_, a_, port, 0).error(), Error::not_found) << port;
}

// Somebody who guesses ports must not slow their domain down.
TEST_F(Interdomain, refused_binding_takes_no_lock)
{
    const Port a = await(a_, b_);
    const unsigned taken = a_.ports_lock.taken;
    EXPECT_FALSE(bind_to_peer(c_, a_, a, 0).ok());
    EXPECT_FALSE(bind_to_peer(c_, a_, a + 1, 0).ok());
    EXPECT_EQ(a_.ports_lock.taken, taken);
}

TEST_F(Interdomain, failed_binding_leaves_the_port_awaiting)
{
    const Port a = await(a_, b_);
    EXPECT_EQ(bind_to_peer(b_, a_, a, 2).error(), Error::not_found); // no such vCPU
    for (Port port = 1; port < ports; ++port)
        EXPECT_TRUE(b_.events.bind_ipi(0).ok());
    EXPECT_EQ(bind_to_peer(b_, a_, a, 0).error(), Error::limit_reached);
    EXPECT_EQ(kind(a_, a), PortState::Kind::awaiting);
    EXPECT_TRUE(close(b_, 3).ok());
    EXPECT_EQ(bind(b_, a_, a), 3u); // after exhaustion it succeeds
    EXPECT_FALSE(a_.ports_lock.held || b_.ports_lock.held);
}

TEST_F(Interdomain, ports_run_out_at_the_limit)
{
    for (Port port = 1; port < ports; ++port)
        EXPECT_EQ(await(a_, b_), port);
    EXPECT_EQ(await_peer(a_, b_.id).error(), Error::limit_reached);
}

TEST_F(Interdomain, closing_either_end_puts_the_other_back_to_awaiting)
{
    const Port a = await(a_, b_), b = bind(b_, a_, a, 1);
    EXPECT_TRUE(close(b_, b).ok());
    EXPECT_EQ(a_.events.find(a).take(), PortState::awaiting(b_.id, 0));
    EXPECT_EQ(send(a_, a).error(), Error::try_again);
    EXPECT_EQ(send(b_, b).error(), Error::not_found);

    const Port again = bind(b_, a_, a, 1);
    EXPECT_TRUE(paired(a_, a, b_, again));
    EXPECT_TRUE(close(a_, a).ok());
    EXPECT_EQ(b_.events.find(again).take(), PortState::awaiting(a_.id, 1)); // on its vCPU still
    EXPECT_EQ(send(b_, again).error(), Error::try_again);
    const Port other_way = bind(a_, b_, again);
    EXPECT_TRUE(paired(a_, other_way, b_, again));
}

TEST_F(Interdomain, event_of_the_closed_end_stays_with_the_other)
{
    const Port a = await(a_, b_), b = bind(b_, a_, a);
    EXPECT_TRUE(send(b_, b).ok());
    EXPECT_TRUE(close(b_, b).ok());
    EXPECT_TRUE(a_.pending(a));
}

TEST_F(Interdomain, closed_awaiting_port_is_free_again)
{
    const Port a = await(a_, b_);
    EXPECT_TRUE(close(a_, a).ok());
    EXPECT_EQ(bind_to_peer(b_, a_, a, 0).error(), Error::not_found);
    EXPECT_EQ(close(a_, a).error(), Error::not_found);
    EXPECT_EQ(await(a_, c_), a);
    EXPECT_EQ(bind_to_peer(b_, a_, a, 0).error(), Error::not_permitted);
}

TEST_F(Interdomain, moved_end_keeps_its_peer)
{
    const Port a = await(a_, b_);
    EXPECT_TRUE(a_.events.move(a, 1).ok());
    const Port b = bind(b_, a_, a);
    EXPECT_TRUE(send(b_, b).ok());
    EXPECT_EQ(a_.upcalls.vcpus, std::vector<VcpuIndex>{1});
    EXPECT_TRUE(b_.events.move(b, 1).ok());
    EXPECT_TRUE(paired(a_, a, b_, b));
    EXPECT_TRUE(send(a_, a).ok());
    EXPECT_EQ(b_.upcalls.vcpus, std::vector<VcpuIndex>{1});
}

// A storm makes one upcall until the victim looks, none while it masks.
TEST_F(Interdomain, storm_is_one_upcall)
{
    const Port a = await(a_, b_), b = bind(b_, a_, a);
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(send(a_, a).ok());
    EXPECT_EQ(b_.upcalls.vcpus.size(), 1u);
    b_.shared.mask[0] = 1u << b;
    b_.shared.pending[0] = b_.shared.vcpu[0].pending = 0;
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(send(a_, a).ok());
    EXPECT_EQ(b_.upcalls.vcpus.size(), 1u);
    EXPECT_TRUE(b_.events.unmask(b).ok());
    EXPECT_EQ(b_.upcalls.vcpus.size(), 2u);
}

TEST_F(Interdomain, event_whose_port_has_another_life_is_dropped)
{
    const Port a = await(a_, b_), b = bind(b_, a_, a);
    EXPECT_TRUE(close(b_, b).ok());
    EXPECT_EQ(b_.events.bind_ipi(0).take(), b);
    b_.events.raise_by_peer(b, a_.id, a); // was looked up before the close
    b_.events.raise_by_peer(ports, a_.id, a);
    EXPECT_FALSE(b_.pending(b));
    EXPECT_TRUE(b_.upcalls.vcpus.empty());
}

TEST_F(Interdomain, end_of_a_domain_puts_its_peers_back_to_awaiting)
{
    const Port a = await(a_, b_), b = bind(b_, a_, a);
    const Port b2 = await(b_, c_), c = bind(c_, b_, b2);
    const Port lonely = await(b_, a_);
    b_.events.bind_ipi(0).take();
    EXPECT_FALSE(close_ports(b_, 3, domains_));
    EXPECT_TRUE(close_ports(b_, 3, domains_));
    EXPECT_TRUE(close_ports(b_, 0, domains_));
    for (Port port = 1; port < ports; ++port)
        EXPECT_EQ(b_.events.find(port).error(), Error::not_found);
    EXPECT_EQ(kind(a_, a), PortState::Kind::awaiting);
    EXPECT_EQ(kind(c_, c), PortState::Kind::awaiting);
    EXPECT_EQ(bind_to_peer(a_, b_, lonely, 0).error(), Error::not_found);
    EXPECT_EQ(bind_to_peer(a_, b_, b, 0).error(), Error::not_found);

    domains_.all = {&a_, &c_}; // gone
    EXPECT_EQ(send(a_, a).error(), Error::try_again);
    EXPECT_TRUE(close(a_, a).ok());
}

TEST_F(Interdomain, locks_of_two_are_taken_by_slot)
{
    struct Order {
        std::vector<unsigned> slots;
    } order;
    struct Locked {
        DomainId id;
        Order& order;
        struct Lock {
            Locked& of;
            void lock() { of.order.slots.push_back(of.id.slot()); }
            void unlock() {}
        } ports_lock{*this};
    } one{{5 * domain_slots + 1}, order}, two{{4}, order};
    {
        const PortsGuard held{one, &two};
    }
    {
        const PortsGuard held{two, &one};
    }
    EXPECT_EQ(order.slots, (std::vector<unsigned>{1, 4, 1, 4}));
}

} // namespace
} // namespace lintel
