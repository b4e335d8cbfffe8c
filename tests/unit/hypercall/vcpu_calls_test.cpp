// SPDX-License-Identifier: Apache-2.0
// shutdown, timer_set, time_register and upcall_set: what reaches the vCPU and what does not.
#include "hypercall/dispatch.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_caller.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t beyond_32_bits = 1ul << 32;

TEST(Shutdown, every_reason_of_the_abi_reaches_the_domain)
{
    for (std::uint32_t reason = 0; reason <= LINTEL_SHUTDOWN_HALT; ++reason) {
        FakeCaller caller;
        EXPECT_EQ(caller.call(LINTEL_HC_shutdown, {reason}), 0);
        EXPECT_EQ(caller.shutdown_reason, reason);
    }
}

TEST(Shutdown, unknown_reasons_leave_the_domain_running)
{
    FakeCaller caller;
    for (const std::uint64_t reason : {LINTEL_SHUTDOWN_HALT + 1ul, beyond_32_bits, ~0ul})
        EXPECT_EQ(caller.call(LINTEL_HC_shutdown, {reason}), LINTEL_EINVAL);
    EXPECT_EQ(caller.shutdown_reason, std::nullopt);
}

TEST(TimerSet, every_value_is_a_deadline)
{
    for (const std::uint64_t ns : {0ull, 1ull, 1ull << 63, LINTEL_TIMER_NEVER}) {
        FakeCaller caller;
        EXPECT_EQ(caller.call(LINTEL_HC_timer_set, {ns}), 0);
        EXPECT_EQ(caller.deadline, ns);
    }
}

class TimeRegisterTest : public testing::Test {
protected:
    TimeRegisterTest() { caller_.ram.add(Gfn{1}); }
    std::int64_t call(std::uint64_t vcpu, std::uint64_t address)
    {
        return caller_.call(LINTEL_HC_time_register, {vcpu, address});
    }
    FakeCaller caller_;
};

TEST_F(TimeRegisterTest, aligned_address_in_ram_is_taken_up_to_the_end_of_the_page)
{
    for (const std::uint64_t address : {page_size, 2 * page_size - 32}) {
        EXPECT_EQ(call(1, address), 0);
        EXPECT_EQ(caller_.time_address, address);
    }
}

// An aligned record lies within one page, which is all that is looked up.
TEST_F(TimeRegisterTest, misaligned_address_is_refused)
{
    for (const std::uint64_t off : {1, 8, 16, 31, 4080, 4095})
        EXPECT_EQ(call(0, page_size + off), LINTEL_EINVAL) << off;
    EXPECT_EQ(caller_.time_address, std::nullopt);
}

TEST_F(TimeRegisterTest, address_that_is_not_ram_is_refused)
{
    for (const std::uint64_t address : {0ul, 2 * page_size, 1ul << 63, ~31ul})
        EXPECT_EQ(call(0, address), LINTEL_EFAULT) << address;
}

TEST_F(TimeRegisterTest, unknown_vcpus_are_not_found)
{
    for (const std::uint64_t vcpu : {std::uint64_t{FakeCaller::vcpus}, beyond_32_bits, ~0ul})
        EXPECT_EQ(call(vcpu, page_size), LINTEL_ENOENT) << vcpu;
}

TEST(UpcallSet, vectors_of_interrupts_and_none_are_taken)
{
    FakeCaller caller;
    for (const std::uint8_t vector : {32, 243, 255, 0}) {
        EXPECT_EQ(caller.call(LINTEL_HC_upcall_set, {vector}), 0);
        EXPECT_EQ(caller.upcall_vector, vector);
    }
}

// Exceptions' vectors, and numbers that only look good when truncated.
TEST(UpcallSet, other_vectors_are_refused)
{
    FakeCaller caller;
    for (const std::uint64_t vector :
         {1ul, 14ul, 31ul, 256ul, 256ul + 32, beyond_32_bits + 32, ~0ul})
        EXPECT_EQ(caller.call(LINTEL_HC_upcall_set, {vector}), LINTEL_EINVAL) << vector;
    EXPECT_EQ(caller.upcall_vector, std::nullopt);
}

} // namespace
} // namespace lintel
