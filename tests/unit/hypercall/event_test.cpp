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
    std::int64_t on_port(lintel_hypercall call, std::int64_t port)
    {
        return caller_.call(call, {static_cast<std::uint64_t>(port)});
    }
    FakeCaller caller_;
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
    EXPECT_EQ(caller_.port_locks, 3u);
    on_port(LINTEL_HC_event_send, port);
    on_port(LINTEL_HC_event_unmask, port);
    EXPECT_EQ(caller_.port_locks, 3u);
    on_port(LINTEL_HC_event_close, port);
    EXPECT_EQ(caller_.port_locks, 4u);
    EXPECT_FALSE(caller_.ports_locked);
}

TEST_F(EventCallTest, lock_is_free_again_after_a_call_that_failed)
{
    bind_ipi(FakeCaller::vcpus);
    bind_virq(LINTEL_VIRQS, 0);
    move(1, 0);
    on_port(LINTEL_HC_event_close, 1);
    EXPECT_EQ(caller_.port_locks, 4u);
    EXPECT_FALSE(caller_.ports_locked);
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
