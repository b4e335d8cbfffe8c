// SPDX-License-Identifier: Apache-2.0
// Event hypercalls: what they answer for good, unknown and truncated numbers. Delivery itself is
// tested in event/event_channels_test.cpp.
#include "hypercall/event.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t beyond_32_bits = 1ul << 32;

class EventCallTest : public testing::Test {
protected:
    std::int64_t bind_virq(std::uint64_t virq, std::uint64_t vcpu)
    {
        return caller_.call(LINTEL_HC_event_bind_virq, {virq, vcpu});
    }
    std::int64_t bind_ipi(std::uint64_t vcpu)
    {
        return caller_.call(LINTEL_HC_event_bind_ipi, {vcpu});
    }
    std::int64_t move(std::int64_t port, std::uint64_t vcpu)
    {
        return caller_.call(LINTEL_HC_event_move, {static_cast<std::uint64_t>(port), vcpu});
    }
    std::int64_t alloc(std::uint64_t domain, std::uint64_t peer)
    {
        return caller_.call(LINTEL_HC_event_alloc, {domain, peer});
    }
    std::int64_t bind(std::uint64_t domain, std::int64_t port, std::uint64_t vcpu = 0)
    {
        return caller_.call(LINTEL_HC_event_bind, {domain, static_cast<std::uint64_t>(port), vcpu});
    }
    // A port of the other domain that awaits the caller.
    std::int64_t offered() { return await_peer(caller_.other, caller_.self.id).take(); }
    std::int64_t on_port(lintel_hypercall call, std::int64_t port)
    {
        return caller_.call(call, {static_cast<std::uint64_t>(port)});
    }
    FakeCaller caller_;
    const std::uint64_t self_ = caller_.self.id.number, other_ = caller_.other.id.number;
};

TEST_F(EventCallTest, bindings_answer_with_ports_from_one_on)
{
    EXPECT_EQ(bind_virq(LINTEL_VIRQ_TIMER, 0), 1);
    EXPECT_EQ(bind_ipi(1), 2);
}

TEST_F(EventCallTest, bad_bindings_are_refused)
{
    EXPECT_EQ(bind_virq(LINTEL_VIRQS, 0), LINTEL_EINVAL);
    EXPECT_EQ(bind_virq(beyond_32_bits, 0), LINTEL_EINVAL);
    EXPECT_EQ(bind_virq(0, FakeCaller::vcpus), LINTEL_ENOENT);
    EXPECT_EQ(bind_virq(0, beyond_32_bits), LINTEL_ENOENT);
    EXPECT_EQ(bind_ipi(FakeCaller::vcpus), LINTEL_ENOENT);
    EXPECT_EQ(bind_ipi(beyond_32_bits), LINTEL_ENOENT);
    EXPECT_EQ(bind_ipi(0), 1); // and took no port
}

TEST_F(EventCallTest, second_binding_of_a_virtual_interrupt_exists)
{
    EXPECT_EQ(bind_virq(LINTEL_VIRQ_TIMER, 0), 1);
    EXPECT_EQ(bind_virq(LINTEL_VIRQ_TIMER, 0), LINTEL_EEXIST);
}

TEST_F(EventCallTest, ports_run_out_at_the_limit)
{
    for (std::uint32_t port = 1; port < FakeCaller::ports; ++port)
        EXPECT_EQ(bind_ipi(0), port);
    EXPECT_EQ(bind_ipi(0), LINTEL_ENOSPC);
}

TEST_F(EventCallTest, sending_to_an_ipi_port_reaches_its_vcpu)
{
    const std::int64_t port = bind_ipi(1);
    EXPECT_EQ(on_port(LINTEL_HC_event_send, port), 0);
    EXPECT_EQ(caller_.upcalls.vcpus, std::vector<VcpuIndex>{1});
    EXPECT_EQ(caller_.shared.pending[0], 1u << port);
}

TEST_F(EventCallTest, sending_to_a_virtual_interrupt_is_not_permitted)
{
    const std::int64_t port = bind_virq(LINTEL_VIRQ_TIMER, 0);
    EXPECT_EQ(on_port(LINTEL_HC_event_send, port), LINTEL_EPERM);
    EXPECT_TRUE(caller_.upcalls.vcpus.empty());
}

TEST_F(EventCallTest, unmasking_makes_the_upcall_that_was_held_back)
{
    const std::int64_t port = bind_ipi(0);
    caller_.shared.mask[0] = 1u << port;
    EXPECT_EQ(on_port(LINTEL_HC_event_send, port), 0);
    EXPECT_TRUE(caller_.upcalls.vcpus.empty());
    EXPECT_EQ(on_port(LINTEL_HC_event_unmask, port), 0);
    EXPECT_EQ(caller_.upcalls.vcpus, std::vector<VcpuIndex>{0});
}

TEST_F(EventCallTest, closed_port_is_gone_and_free_again)
{
    const std::int64_t port = bind_ipi(0);
    EXPECT_EQ(on_port(LINTEL_HC_event_close, port), 0);
    EXPECT_EQ(on_port(LINTEL_HC_event_close, port), LINTEL_ENOENT);
    EXPECT_EQ(bind_ipi(1), port);
}

TEST_F(EventCallTest, moved_port_announces_its_pending_event_at_the_new_vcpu)
{
    const std::int64_t port = bind_ipi(0);
    EXPECT_EQ(on_port(LINTEL_HC_event_send, port), 0);
    EXPECT_EQ(move(port, 1), 0);
    EXPECT_EQ(caller_.upcalls.vcpus, (std::vector<VcpuIndex>{0, 1}));
}

TEST_F(EventCallTest, bad_moves_are_refused)
{
    const std::int64_t port = bind_ipi(0), timer = bind_virq(LINTEL_VIRQ_TIMER, 0);
    EXPECT_EQ(move(timer, 1), LINTEL_EINVAL);
    EXPECT_EQ(move(port, FakeCaller::vcpus), LINTEL_ENOENT);
    EXPECT_EQ(move(port, beyond_32_bits), LINTEL_ENOENT);
    for (const std::int64_t number : {std::int64_t{0}, timer + 1, std::int64_t{FakeCaller::ports},
                                      port + (std::int64_t{1} << 32), std::int64_t{-1}})
        EXPECT_EQ(move(number, 1), LINTEL_ENOENT) << number;
    EXPECT_EQ(on_port(LINTEL_HC_event_send, port), 0);
    EXPECT_EQ(caller_.upcalls.vcpus, std::vector<VcpuIndex>{0}); // where it was
}

TEST_F(EventCallTest, changes_of_bindings_hold_the_lock_and_events_do_not)
{
    const std::int64_t port = bind_ipi(0);
    bind_virq(LINTEL_VIRQ_TIMER, 0);
    move(port, 1);
    EXPECT_EQ(caller_.self.ports_lock.taken, 3u);
    on_port(LINTEL_HC_event_send, port);
    on_port(LINTEL_HC_event_unmask, port);
    EXPECT_EQ(caller_.self.ports_lock.taken, 3u);
    on_port(LINTEL_HC_event_close, port);
    EXPECT_EQ(caller_.self.ports_lock.taken, 4u);
    EXPECT_FALSE(caller_.self.ports_lock.held);
}

TEST_F(EventCallTest, lock_is_free_again_after_a_call_that_failed)
{
    bind_ipi(FakeCaller::vcpus);
    bind_virq(LINTEL_VIRQS, 0);
    move(1, 0);
    on_port(LINTEL_HC_event_close, 1); // looks before it locks
    EXPECT_EQ(caller_.self.ports_lock.taken, 3u);
    EXPECT_FALSE(caller_.self.ports_lock.held);
}

TEST_F(EventCallTest, own_port_awaits_the_peer)
{
    for (const std::uint64_t domain : {self_, std::uint64_t{LINTEL_DOMAIN_SELF}}) {
        const std::int64_t port = alloc(domain, other_);
        EXPECT_EQ(caller_.self.events.find(static_cast<Port>(port)).take(),
                  PortState::awaiting(caller_.other.id, 0));
        EXPECT_EQ(on_port(LINTEL_HC_event_send, port), LINTEL_EAGAIN);
    }
}

TEST_F(EventCallTest, only_dom0_makes_ports_of_others)
{
    EXPECT_EQ(alloc(other_, LINTEL_DOMAIN_SELF), 1);
    EXPECT_EQ(caller_.other.events.find(1).take(), PortState::awaiting(caller_.self.id, 0));
    caller_.is_dom0 = false;
    EXPECT_EQ(alloc(other_, LINTEL_DOMAIN_SELF), LINTEL_EPERM);
    EXPECT_EQ(alloc(LINTEL_DOMAIN_SELF, other_), 1);
}

TEST_F(EventCallTest, bad_allocations_are_refused)
{
    for (const std::uint64_t number :
         {std::uint64_t{2}, other_ + domain_slots, beyond_32_bits + other_,
          beyond_32_bits + LINTEL_DOMAIN_SELF, ~0ul}) {
        EXPECT_EQ(alloc(number, other_), LINTEL_ENOENT) << number;
        EXPECT_EQ(alloc(self_, number), LINTEL_ENOENT) << number;
    }
    EXPECT_EQ(alloc(self_, self_), LINTEL_EINVAL);
    EXPECT_EQ(alloc(self_, LINTEL_DOMAIN_SELF), LINTEL_EINVAL);
    EXPECT_EQ(alloc(other_, other_), LINTEL_EINVAL);
    for (std::uint32_t port = 1; port < FakeCaller::ports; ++port)
        EXPECT_EQ(alloc(self_, other_), port);
    EXPECT_EQ(alloc(self_, other_), LINTEL_ENOSPC);
}

TEST_F(EventCallTest, binding_to_a_peer_opens_both_ways)
{
    const std::int64_t remote = offered(), port = bind(other_, remote, 1);
    EXPECT_EQ(port, 1);
    EXPECT_EQ(on_port(LINTEL_HC_event_send, port), 0);
    EXPECT_TRUE(caller_.other.pending(static_cast<Port>(remote)));
    EXPECT_TRUE(send_event(caller_.other, static_cast<Port>(remote), caller_.all_domains).ok());
    EXPECT_EQ(caller_.upcalls.vcpus, std::vector<VcpuIndex>{1});
    EXPECT_EQ(on_port(LINTEL_HC_event_close, port), 0);
    EXPECT_FALSE(send_event(caller_.other, static_cast<Port>(remote), caller_.all_domains).ok());
}

TEST_F(EventCallTest, who_sends_makes_way_for_the_receiver_if_it_says_so)
{
    const std::int64_t ipi = bind_ipi(0), channel = bind(other_, offered(), 0);
    const auto send = [&](std::int64_t port, std::uint64_t flags) {
        return caller_.call(LINTEL_HC_event_send, {static_cast<std::uint64_t>(port), flags});
    };
    EXPECT_EQ(send(channel, 0), 0);
    EXPECT_TRUE(caller_.yields_to.empty());
    EXPECT_EQ(send(channel, LINTEL_EVENT_YIELD), 0);
    EXPECT_EQ(send(ipi, LINTEL_EVENT_YIELD), 0);
    EXPECT_EQ(caller_.yields_to,
              (std::vector{caller_.other.id.number, caller_.self.id.number}));
}

TEST_F(EventCallTest, sending_that_fails_makes_way_for_nobody)
{
    const std::int64_t timer = bind_virq(LINTEL_VIRQ_TIMER, 0), alone = alloc(self_, other_);
    const auto send = [&](std::int64_t port, std::uint64_t flags) {
        return caller_.call(LINTEL_HC_event_send, {static_cast<std::uint64_t>(port), flags});
    };
    EXPECT_EQ(send(timer, LINTEL_EVENT_YIELD), LINTEL_EPERM);
    EXPECT_EQ(send(alone, LINTEL_EVENT_YIELD), LINTEL_EAGAIN);
    EXPECT_EQ(send(alone + 1, LINTEL_EVENT_YIELD), LINTEL_ENOENT);
    EXPECT_EQ(send(bind_ipi(0), LINTEL_EVENT_YIELD << 1), LINTEL_EINVAL);
    EXPECT_TRUE(caller_.yields_to.empty());
}

TEST_F(EventCallTest, bad_bindings_to_peers_are_refused)
{
    const std::int64_t remote = offered();
    const Port strange = await_peer(caller_.other, {77}).take();
    for (const std::uint64_t number :
         {std::uint64_t{2}, other_ + domain_slots, beyond_32_bits + other_, ~0ul})
        EXPECT_EQ(bind(number, remote), LINTEL_ENOENT) << number;
    for (const std::int64_t port : {std::int64_t{0}, std::int64_t{strange} + 1,
                                    std::int64_t{FakeCaller::ports}, remote + (1l << 32), -1l})
        EXPECT_EQ(bind(other_, port), LINTEL_ENOENT) << port;
    EXPECT_EQ(bind(other_, strange), LINTEL_EPERM);
    EXPECT_EQ(bind(self_, remote), LINTEL_EINVAL);
    EXPECT_EQ(bind(LINTEL_DOMAIN_SELF, remote), LINTEL_EINVAL);
    EXPECT_EQ(bind(other_, remote, FakeCaller::vcpus), LINTEL_ENOENT);
    EXPECT_EQ(bind(other_, remote, beyond_32_bits), LINTEL_ENOENT);
    EXPECT_EQ(bind(other_, remote), 1); // nothing was taken
    EXPECT_EQ(bind(other_, remote), LINTEL_EBUSY);
}

TEST_F(EventCallTest, ports_that_do_not_exist_are_not_found)
{
    const std::int64_t port = bind_ipi(0);
    for (const auto call : {LINTEL_HC_event_close, LINTEL_HC_event_send, LINTEL_HC_event_unmask})
        for (const std::uint64_t number :
             {0ul, std::uint64_t{FakeCaller::ports}, std::uint64_t{LINTEL_EVENT_PORTS},
              beyond_32_bits + static_cast<std::uint64_t>(port), ~0ul})
            EXPECT_EQ(caller_.call(call, {number}), LINTEL_ENOENT) << number;
    EXPECT_EQ(on_port(LINTEL_HC_event_send, port), 0); // still bound
}

} // namespace
} // namespace lintel
