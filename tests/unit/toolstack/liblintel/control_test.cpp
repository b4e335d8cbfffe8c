// SPDX-License-Identifier: Apache-2.0
// Calls, mappings and ports over a machine that plays the hypervisor.
#include "liblintel/control.hpp"

#include <cerrno>

#include <gtest/gtest.h>

#include <lintel/status.h>

#include "fakes/fake_machine.hpp"

namespace lintel {
namespace {

class ControlTest : public ::testing::Test {
protected:
    ControlTest() : device_{machine_.open()}, control_{*device_} {}

    DomainId domain(std::uint64_t frames = 16)
    {
        lintel_domain_create limits{};
        limits.vcpus = 1;
        limits.max_frames = frames;
        const auto domain = control_.domain_create(limits).take();
        EXPECT_EQ(control_.domain_populate(domain, 0, frames).take(), frames);
        return domain;
    }

    FakeMachine machine_;
    std::unique_ptr<FakeDevice> device_;
    Control control_;
};

TEST_F(ControlTest, failures_carry_the_call_and_its_status)
{
    machine_.fail[LINTEL_HC_machine_info] = LINTEL_EPERM;
    const auto info = control_.machine_info();
    ASSERT_FALSE(info.ok());
    EXPECT_EQ(info.error().code, EPERM);
    EXPECT_EQ(info.error().text, "machine_info: Operation not permitted");
    EXPECT_EQ(control_.domain_pause(DomainId{99}).error().code, ENOENT);
}

TEST_F(ControlTest, domains_are_found_in_ascending_order)
{
    domain();
    domain();
    EXPECT_EQ(control_.domain_info_next(DomainId{0}).value().domain, 0);
    EXPECT_EQ(control_.domain_info_next(DomainId{1}).value().domain, 1);
    EXPECT_EQ(control_.domain_info_next(DomainId{2}).value().domain, 2);
    EXPECT_EQ(control_.domain_info_next(DomainId{3}).error().code, ENOENT);
}

TEST_F(ControlTest, pages_are_granted_in_portions_with_a_reference_each)
{
    std::vector<std::byte> memory(5001 * page_bytes + page_bytes);
    auto* const begin = memory.data() + page_bytes -
                        reinterpret_cast<std::uintptr_t>(memory.data()) % page_bytes;
    const auto granted = control_.grant(DomainId{3}, {begin, 5000 * page_bytes}, Access::write);
    ASSERT_TRUE(granted.ok()) << granted.error().text;
    EXPECT_EQ(std::set(granted.value().begin(), granted.value().end()).size(), 5000);
    EXPECT_EQ(machine_.granted.at(3), 5000);
    EXPECT_EQ(control_.grant(dom0, {begin, page_bytes}, Access::read).error().code, EINVAL);
}

TEST_F(ControlTest, confined_device_serves_one_domain_and_no_more)
{
    const auto number = domain();
    const auto port = control_.event_alloc(number).take();
    ASSERT_TRUE(control_.confine(number).ok());
    EXPECT_TRUE(control_.bind(number, port).ok());
    EXPECT_EQ(control_.bind(DomainId{9}, port).error().code, EPERM);
    EXPECT_EQ(control_.map(number, 0, 1).error().code, EPERM);
    EXPECT_EQ(control_.machine_info().error().code, EPERM);
    EXPECT_EQ(control_.confine(number).error().code, EPERM);
}

TEST_F(ControlTest, destroy_says_when_to_call_again)
{
    machine_.destroy_calls = 1;
    const auto number = domain();
    EXPECT_FALSE(control_.domain_destroy(number).value());
    EXPECT_TRUE(control_.domain_destroy(number).value());
    EXPECT_EQ(control_.domain_destroy(number).error().code, ENOENT);
}

TEST_F(ControlTest, mapping_shows_the_guests_memory_and_is_let_go)
{
    const auto number = domain();
    {
        auto mapping = control_.map(number, 0x2000, 2).take();
        EXPECT_EQ(mapping.bytes().size(), 0x2000);
        *mapping.at(0x1004) = std::byte{7};
        EXPECT_EQ(machine_.read(machine_.only(), 0x3004, 1)[0], std::byte{7});
        auto moved = std::move(mapping);
        EXPECT_EQ(device_->mappings(), 1);
        EXPECT_EQ(control_.domain_destroy(number).error().code, EBUSY);
    }
    EXPECT_EQ(device_->mappings(), 0);
    EXPECT_TRUE(control_.domain_destroy(number).value());
}

TEST_F(ControlTest, mapping_over_another_lets_go_of_the_other)
{
    const auto number = domain();
    auto mapping = control_.map(number, 0, 1).take();
    mapping = control_.map(number, 0x1000, 1).take();
    EXPECT_EQ(device_->mappings(), 1);
    mapping = Mapping{};
    EXPECT_EQ(device_->mappings(), 0);
}

TEST_F(ControlTest, memory_that_is_not_there_cannot_be_mapped)
{
    EXPECT_EQ(control_.map(domain(), 16 * page_bytes, 1).error().code, EFAULT);
    EXPECT_EQ(control_.map(domain(), 0, 17).error().code, EFAULT);
}

TEST_F(ControlTest, port_fires_once_until_it_is_unmasked)
{
    const auto number = domain();
    const auto remote = control_.event_alloc(number).take();
    const auto port = control_.bind(number, remote).take();
    std::array<LocalPort, 4> ports;
    EXPECT_EQ(control_.fired(ports).value(), 0);
    machine_.notify(1, static_cast<std::uint32_t>(remote));
    ASSERT_EQ(control_.fired(ports).value(), 1);
    EXPECT_EQ(ports[0], port.number());
    machine_.notify(1, static_cast<std::uint32_t>(remote));
    EXPECT_EQ(control_.fired(ports).value(), 0);
    control_.unmask({ports.data(), 1});
    EXPECT_EQ(control_.fired(ports).value(), 1);
}

TEST_F(ControlTest, port_is_closed_with_its_owner)
{
    const auto number = domain();
    const auto remote = control_.event_alloc(number).take();
    {
        const auto port = control_.bind(number, remote).take();
        port.notify();
        EXPECT_TRUE(machine_.domains.at(1).ports.at(static_cast<std::uint32_t>(remote)));
        EXPECT_EQ(control_.bind(number, remote).error().code, EBUSY);
    }
    EXPECT_EQ(device_->ports(), 0);
    EXPECT_TRUE(control_.bind(number, remote).ok());
}

TEST_F(ControlTest, closed_port_among_those_to_unmask_is_passed_over)
{
    const auto number = domain();
    const auto one = control_.bind(number, control_.event_alloc(number).take()).take();
    const auto other = control_.bind(number, control_.event_alloc(number).take()).take();
    std::array<LocalPort, 4> ports;
    machine_.notify(1, 1);
    machine_.notify(1, 2);
    ASSERT_EQ(control_.fired(ports).value(), 2);
    machine_.notify(1, 1);
    machine_.notify(1, 2);
    const LocalPort closed{99};
    control_.unmask(std::array{closed, one.number(), closed, closed, other.number(), closed});
    EXPECT_EQ(control_.fired(ports).value(), 2);
}

TEST_F(ControlTest, log_comes_with_its_position)
{
    machine_.log = "lintel: one\nlintel: two\n";
    machine_.log_begin = 100;
    const auto text = control_.log_read(0).take();
    EXPECT_EQ(text.position, 100);
    EXPECT_EQ(text.end, 124);
    EXPECT_EQ(text.text, machine_.log);
    EXPECT_EQ(control_.log_read(124).value().text, "");
}

TEST_F(ControlTest, log_answer_of_impossible_size_is_refused)
{
    machine_.fail[LINTEL_HC_log_read] = 1 << 20;
    EXPECT_EQ(control_.log_read(0).error().code, EPROTO);
    machine_.fail[LINTEL_HC_log_read] = 3;
    EXPECT_EQ(control_.log_read(0).error().code, EPROTO);
}

} // namespace
} // namespace lintel
