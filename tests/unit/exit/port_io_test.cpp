// SPDX-License-Identifier: Apache-2.0
// Refused port accesses. Intel SDM Vol. 3, table "Exit Qualification for I/O Instructions".
#include "exit/port_io.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr std::uint64_t one_byte = 0, two_bytes = 1, four_bytes = 3, in = 1u << 3, string = 1u << 4,
                        repeated = 1u << 5;
constexpr std::uint64_t before = 0x1122'3344'5566'7788;

std::uint64_t rax_after(std::uint64_t qualification)
{
    std::uint64_t rax = before;
    EXPECT_TRUE(refuse_port_access(qualification, rax).ok());
    return rax;
}

TEST(PortIo, reads_give_ones_and_keep_what_the_instruction_keeps)
{
    EXPECT_EQ(rax_after(in | one_byte), 0x1122'3344'5566'77ffu);
    EXPECT_EQ(rax_after(in | two_bytes), 0x1122'3344'5566'ffffu);
    EXPECT_EQ(rax_after(in | four_bytes), 0xffff'ffffu); // the upper half is cleared
}

TEST(PortIo, writes_change_nothing)
{
    for (const std::uint64_t size : {one_byte, two_bytes, four_bytes})
        EXPECT_EQ(rax_after(size), before);
}

TEST(PortIo, port_number_does_not_matter)
{
    EXPECT_EQ(rax_after(0xffff'0000 | in | one_byte), 0x1122'3344'5566'77ffu);
}

TEST(PortIo, string_instructions_are_not_permitted)
{
    for (const std::uint64_t direction : {std::uint64_t{0}, in}) {
        std::uint64_t rax = before;
        EXPECT_EQ(refuse_port_access(direction | string | repeated, rax).error(),
                  Error::not_permitted);
        EXPECT_EQ(rax, before);
    }
}

} // namespace
} // namespace lintel
