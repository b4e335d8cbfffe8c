// SPDX-License-Identifier: Apache-2.0
// irq_bind, irq_eoi, msi_bind: arguments, errors and their order, and what a failed call leaves
// behind. What happens to lines and vectors: domain/irq_table_test.cpp.
#include "hypercall/irq.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t beyond_32_bits = 1ul << 32;
constexpr std::uint8_t first_vector = 0x30;

class IrqCallTest : public testing::Test {
protected:
    IrqCallTest() { caller_.ram.add(Gfn{1}); }
    std::int64_t bind(std::uint64_t gsi, std::uint64_t vcpu = 0, std::uint64_t flags = 0)
    {
        return caller_.call(LINTEL_HC_irq_bind, {gsi, vcpu, flags});
    }
    std::int64_t msi(std::uint64_t gpa, std::uint64_t vcpu = 0, std::uint64_t flags = 0)
    {
        return caller_.call(LINTEL_HC_msi_bind, {gpa, vcpu, flags});
    }
    std::int64_t eoi(std::int64_t port, std::uint64_t flags = 0)
    {
        return caller_.call(LINTEL_HC_irq_eoi, {static_cast<std::uint64_t>(port), flags});
    }
    std::int64_t close(std::int64_t port)
    {
        return caller_.call(LINTEL_HC_event_close, {static_cast<std::uint64_t>(port)});
    }
    std::uint32_t entry(unsigned gsi)
    {
        return caller_.io_apic.registers[FakeIoApic::first_entry + 2 * gsi];
    }
    FakeCaller caller_;
};

TEST_F(IrqCallTest, flags_are_the_lines_trigger_and_polarity)
{
    for (const std::uint32_t flags : {0u, LINTEL_IRQ_LEVEL, LINTEL_IRQ_LOW, 3u}) {
        caller_.io_apic.drive(10, (flags & LINTEL_IRQ_LOW) != 0); // quiet
        const std::int64_t port = bind(10, 1, flags);
        EXPECT_EQ(port, 1);
        EXPECT_EQ(entry(10), first_vector |
                                 ((flags & LINTEL_IRQ_LEVEL) != 0 ? FakeIoApic::level : 0) |
                                 ((flags & LINTEL_IRQ_LOW) != 0 ? FakeIoApic::active_low : 0));
        EXPECT_EQ(close(port), 0);
        EXPECT_TRUE(caller_.io_apic.is_masked(10));
    }
}

TEST_F(IrqCallTest, bad_lines_are_refused_and_take_no_port)
{
    EXPECT_EQ(bind(24), LINTEL_ENOENT);
    EXPECT_EQ(bind(beyond_32_bits + 10), LINTEL_ENOENT);
    EXPECT_EQ(bind(10, FakeCaller::vcpus), LINTEL_ENOENT);
    EXPECT_EQ(bind(10, beyond_32_bits), LINTEL_ENOENT);
    EXPECT_EQ(bind(10, 0, 4), LINTEL_EINVAL);
    EXPECT_EQ(bind(10, 0, beyond_32_bits), LINTEL_EINVAL);
    EXPECT_EQ(bind(FakeCaller::console_gsi), LINTEL_EBUSY);
    EXPECT_TRUE(caller_.io_apic.is_masked(10));
    EXPECT_EQ(bind(10), 1);
    EXPECT_EQ(bind(10, 0, LINTEL_IRQ_LEVEL), LINTEL_EEXIST);
    EXPECT_EQ(bind(11), 2);
}

TEST_F(IrqCallTest, event_of_a_level_line_comes_once_until_it_is_ended)
{
    const std::int64_t port = bind(10, 1, LINTEL_IRQ_LEVEL);
    caller_.io_apic.drive(10, true);
    caller_.interrupt(first_vector);
    EXPECT_EQ(caller_.upcalls.vcpus, std::vector<VcpuIndex>{1});
    EXPECT_EQ(caller_.io_apic.sent.size(), 1u);
    EXPECT_EQ(eoi(port), 0);
    EXPECT_EQ(caller_.io_apic.sent.size(), 2u);
    EXPECT_EQ(eoi(port), 0); // nothing to end
    EXPECT_EQ(caller_.io_apic.sent.size(), 2u);
}

TEST_F(IrqCallTest, ends_of_ports_that_are_no_devices_are_refused)
{
    const std::int64_t ipi = caller_.call(LINTEL_HC_event_bind_ipi, {0});
    EXPECT_EQ(eoi(ipi), LINTEL_EINVAL);
    EXPECT_EQ(eoi(0), LINTEL_ENOENT);
    EXPECT_EQ(eoi(ipi + 1), LINTEL_ENOENT);
    EXPECT_EQ(eoi(FakeCaller::ports), LINTEL_ENOENT);
    EXPECT_EQ(eoi(static_cast<std::int64_t>(beyond_32_bits) + ipi), LINTEL_ENOENT);
    EXPECT_EQ(eoi(bind(10), 1), LINTEL_EINVAL);
}

TEST_F(IrqCallTest, sending_to_a_devices_port_is_not_permitted)
{
    EXPECT_EQ(caller_.call(LINTEL_HC_event_send, {static_cast<std::uint64_t>(bind(10))}),
              LINTEL_EPERM);
    EXPECT_TRUE(caller_.upcalls.vcpus.empty());
}

TEST_F(IrqCallTest, moved_line_reaches_its_new_vcpu)
{
    const std::int64_t port = bind(10);
    EXPECT_EQ(caller_.call(LINTEL_HC_event_move, {static_cast<std::uint64_t>(port), 1}), 0);
    caller_.interrupt(first_vector);
    EXPECT_EQ(caller_.upcalls.vcpus, std::vector<VcpuIndex>{1});
}

TEST_F(IrqCallTest, message_is_stored_where_the_caller_said)
{
    EXPECT_EQ(msi(2 * page_size - sizeof(lintel_msi)), 1);
    lintel_msi message;
    std::memcpy(&message, &caller_.ram.at(2 * page_size - sizeof message), sizeof message);
    EXPECT_EQ(message.address, 0xfee0'0000u | caller_.apic_id << 12);
    EXPECT_EQ(message.data, first_vector);
    EXPECT_EQ(message.reserved, 0u);
}

TEST_F(IrqCallTest, bad_messages_are_refused_and_take_neither_port_nor_vector)
{
    for (const std::uint64_t off : {1, 4, 7})
        EXPECT_EQ(msi(page_size + off), LINTEL_EINVAL);
    for (const std::uint64_t gpa : {0ul, 2 * page_size - 8, ~7ul})
        EXPECT_EQ(msi(gpa), LINTEL_EFAULT) << gpa;
    EXPECT_EQ(msi(page_size, FakeCaller::vcpus), LINTEL_ENOENT);
    EXPECT_EQ(msi(page_size, beyond_32_bits), LINTEL_ENOENT);
    EXPECT_EQ(msi(page_size, 0, 1), LINTEL_EINVAL);
    EXPECT_EQ(msi(page_size), 1);
    EXPECT_EQ(std::to_integer<unsigned>(caller_.ram.at(page_size + 8)), first_vector);
}

TEST_F(IrqCallTest, message_may_lie_on_two_pages)
{
    caller_.ram.add(Gfn{2});
    EXPECT_EQ(msi(2 * page_size - 8), 1);
    std::uint64_t address;
    std::memcpy(&address, &caller_.ram.at(2 * page_size - 8), sizeof address);
    EXPECT_EQ(address, 0xfee0'0000u | caller_.apic_id << 12);
    EXPECT_EQ(std::to_integer<unsigned>(caller_.ram.at(2 * page_size)), first_vector);
}

TEST_F(IrqCallTest, message_with_one_page_missing_is_refused_and_nothing_is_stored)
{
    caller_.ram.at(2 * page_size - 8) = std::byte{42};
    EXPECT_EQ(msi(2 * page_size - 8), LINTEL_EFAULT);
    EXPECT_EQ(caller_.ram.at(2 * page_size - 8), std::byte{42});
    EXPECT_EQ(caller_.self.ports_lock.taken, 0u);
    EXPECT_EQ(bind(10), 1);
    EXPECT_EQ(entry(10), first_vector);
}

// Another vCPU gives the second page back while the call runs: the message is whole all the same,
// and what lay on that page is lost with it.
TEST_F(IrqCallTest, page_that_goes_during_the_call_does_not_make_it_fail_halfway)
{
    caller_.ram.add(Gfn{2});
    caller_.during_bind_msi = [&] { caller_.ram.remove(Gfn{2}); };
    EXPECT_EQ(msi(2 * page_size - 8), 1);
    EXPECT_EQ(bind(10), 2);
}

TEST_F(IrqCallTest, ports_run_out_at_the_limit)
{
    for (std::uint32_t port = 1; port < FakeCaller::ports; ++port)
        EXPECT_EQ(msi(page_size), port);
    EXPECT_EQ(msi(page_size), LINTEL_ENOSPC);
    EXPECT_EQ(bind(10), LINTEL_ENOSPC);
    EXPECT_EQ(close(1), 0);
    EXPECT_EQ(bind(10), 1);
}

TEST_F(IrqCallTest, other_domains_are_refused_before_anything_else)
{
    caller_.is_dom0 = false;
    EXPECT_EQ(bind(10), LINTEL_EPERM);
    EXPECT_EQ(bind(beyond_32_bits, beyond_32_bits, ~0ull), LINTEL_EPERM);
    EXPECT_EQ(msi(page_size), LINTEL_EPERM);
    EXPECT_EQ(msi(1, beyond_32_bits, ~0ull), LINTEL_EPERM);
    EXPECT_EQ(eoi(1), LINTEL_EPERM);
    EXPECT_EQ(eoi(0, ~0ull), LINTEL_EPERM);
    EXPECT_EQ(caller_.self.ports_lock.taken, 0u);
}

} // namespace
} // namespace lintel
