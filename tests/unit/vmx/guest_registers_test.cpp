// SPDX-License-Identifier: Apache-2.0
// General registers by the numbers that exit qualifications use.
#include "vmx/guest_registers.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

TEST(GuestRegisters, numbers_follow_the_instruction_encoding)
{
    GuestRegisters r;
    std::uint64_t* const expected[16] = {&r.rax, &r.rcx, &r.rdx, &r.rbx, nullptr, &r.rbp,
                                         &r.rsi, &r.rdi, &r.r8,  &r.r9,  &r.r10,  &r.r11,
                                         &r.r12, &r.r13, &r.r14, &r.r15};
    for (unsigned number = 0; number < 16; ++number)
        EXPECT_EQ(r.by_number(number), expected[number]) << number;
}

TEST(GuestRegisters, number_beyond_fifteen_stays_inside)
{
    GuestRegisters r;
    EXPECT_EQ(r.by_number(16), &r.rax);
    EXPECT_EQ(r.by_number(~0u), &r.r15);
}

} // namespace
} // namespace lintel
