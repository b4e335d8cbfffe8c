// SPDX-License-Identifier: Apache-2.0
// vCPU calls: what they refuse, and what reaches the domain. Contract: docs/abi/vcpus.md.
#include "hypercall/vcpu.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t beyond_32_bits = 1ul << 32;
constexpr std::uint64_t unknown_vcpus[] = {FakeCaller::vcpus, 0xffff'ffff, beyond_32_bits,
                                           beyond_32_bits + 1, ~0ull};
constexpr lintel_vcpu_start good{0xffff'ffff'8100'0000, 0xffff'8880'0000'1ff8, 7, 0x5000, {}};

class VcpuStartTest : public testing::Test {
protected:
    VcpuStartTest() { caller_.ram.add(Gfn{1}); }
    std::int64_t start(const lintel_vcpu_start& wanted, std::uint64_t vcpu = 1)
    {
        std::memcpy(&caller_.ram.at(page_size), &wanted, sizeof wanted);
        return caller_.call(LINTEL_HC_vcpu_start, {vcpu, page_size});
    }
    FakeCaller caller_;
};

TEST_F(VcpuStartTest, stopped_vcpu_starts_with_what_was_stored)
{
    EXPECT_EQ(start(good), 0);
    ASSERT_EQ(caller_.starts.size(), 1u);
    EXPECT_EQ(caller_.starts[0].vcpu, 1u);
    EXPECT_EQ(std::memcmp(&caller_.starts[0].start, &good, sizeof good), 0);
}

TEST_F(VcpuStartTest, vcpu_that_runs_is_busy)
{
    EXPECT_EQ(start(good, 0), LINTEL_EBUSY);
    EXPECT_EQ(start(good), 0);
    EXPECT_EQ(start(good), LINTEL_EBUSY);
}

TEST_F(VcpuStartTest, addresses_that_are_not_canonical_are_refused)
{
    for (const std::uint64_t wild :
         {1ull << 47, 1ull << 63, 0xffff'7fff'ffff'ffffull, 0x8000'0000'0000ull}) {
        lintel_vcpu_start wanted = good;
        wanted.rip = wild;
        EXPECT_EQ(start(wanted), LINTEL_EINVAL) << wild;
        wanted = good;
        wanted.rsp = wild;
        EXPECT_EQ(start(wanted), LINTEL_EINVAL) << wild;
    }
    EXPECT_TRUE(caller_.starts.empty());
}

TEST_F(VcpuStartTest, borders_of_the_canonical_halves_are_taken)
{
    lintel_vcpu_start wanted = good;
    wanted.rip = 0x7fff'ffff'ffff;
    wanted.rsp = 0xffff'8000'0000'0000;
    wanted.rdi = ~0ull;
    wanted.cr3 = (1ull << 46) - page_size;
    EXPECT_EQ(start(wanted), 0);
}

TEST_F(VcpuStartTest, page_table_must_be_a_page_the_processor_can_address)
{
    for (const std::uint64_t wild : {good.cr3 + 1, good.cr3 + 8, 1ul << 46, 1ul << 63, ~0ul}) {
        lintel_vcpu_start wanted = good;
        wanted.cr3 = wild;
        EXPECT_EQ(start(wanted), LINTEL_EINVAL) << wild;
    }
}

TEST_F(VcpuStartTest, every_reserved_word_must_be_zero)
{
    for (std::size_t word = 0; word < std::size(good.reserved); ++word) {
        lintel_vcpu_start wanted = good;
        wanted.reserved[word] = 1ull << 63;
        EXPECT_EQ(start(wanted), LINTEL_EINVAL) << word;
    }
    EXPECT_TRUE(caller_.starts.empty());
}

TEST_F(VcpuStartTest, bad_places_of_the_state_are_refused)
{
    for (const std::uint64_t off : {1, 4, 7})
        EXPECT_EQ(caller_.call(LINTEL_HC_vcpu_start, {1, page_size + off}), LINTEL_EINVAL);
    for (const std::uint64_t gpa : {0ul, 2 * page_size - 8, ~7ul})
        EXPECT_EQ(caller_.call(LINTEL_HC_vcpu_start, {1, gpa}), LINTEL_EFAULT) << gpa;
}

TEST_F(VcpuStartTest, unknown_vcpus_are_not_found)
{
    for (const std::uint64_t vcpu : unknown_vcpus)
        EXPECT_EQ(start(good, vcpu), LINTEL_ENOENT) << vcpu;
}

// The guest may change the words meanwhile: what is checked must be what is used.
TEST_F(VcpuStartTest, state_is_read_once)
{
    EXPECT_EQ(start(good), 0);
    EXPECT_EQ(caller_.ram.lookups[1], 1u);
}

TEST(VcpuCalls, stop_yield_and_wait_reach_the_caller)
{
    FakeCaller caller;
    EXPECT_EQ(caller.call(LINTEL_HC_vcpu_stop), 0);
    EXPECT_EQ(caller.call(LINTEL_HC_vcpu_yield), 0);
    EXPECT_EQ(caller.call(LINTEL_HC_vcpu_wait), 0);
    EXPECT_EQ(caller.stops, 1u);
    EXPECT_EQ(caller.yields, 1u);
    EXPECT_EQ(caller.waits, 1u);
}

TEST(VcpuCalls, unknown_flags_stop_nobody)
{
    FakeCaller caller;
    for (const auto call : {LINTEL_HC_vcpu_stop, LINTEL_HC_vcpu_yield, LINTEL_HC_vcpu_wait})
        EXPECT_EQ(caller.call(call, {beyond_32_bits}), LINTEL_EINVAL);
    EXPECT_EQ(caller.stops + caller.yields + caller.waits, 0u);
}

TEST(VcpuCalls, state_is_the_vcpus_own)
{
    FakeCaller caller;
    caller.vcpu_states = {LINTEL_VCPU_BLOCKED, LINTEL_VCPU_STOPPED};
    EXPECT_EQ(caller.call(LINTEL_HC_vcpu_state, {0}), LINTEL_VCPU_BLOCKED);
    EXPECT_EQ(caller.call(LINTEL_HC_vcpu_state, {1}), LINTEL_VCPU_STOPPED);
}

TEST(VcpuCalls, kicks_and_nmis_reach_the_vcpu_that_was_named)
{
    FakeCaller caller;
    EXPECT_EQ(caller.call(LINTEL_HC_vcpu_kick, {1}), 0);
    EXPECT_EQ(caller.call(LINTEL_HC_vcpu_nmi, {0}), 0);
    EXPECT_EQ(caller.kicks, std::vector<std::uint32_t>{1});
    EXPECT_EQ(caller.nmis, std::vector<std::uint32_t>{0});
}

TEST(VcpuCalls, unknown_vcpus_are_not_found)
{
    FakeCaller caller;
    for (const auto call : {LINTEL_HC_vcpu_state, LINTEL_HC_vcpu_kick, LINTEL_HC_vcpu_nmi})
        for (const std::uint64_t vcpu : unknown_vcpus)
            EXPECT_EQ(caller.call(call, {vcpu}), LINTEL_ENOENT) << vcpu;
    EXPECT_TRUE(caller.kicks.empty());
    EXPECT_TRUE(caller.nmis.empty());
}

} // namespace
} // namespace lintel
