// SPDX-License-Identifier: Apache-2.0
// A guest in check mode does not fill the log.
#include "seal/reports.hpp"

#include <gtest/gtest.h>

namespace lintel::seal {
namespace {

TEST(Reports, each_instruction_gets_a_few_lines)
{
    Reports reports;
    for (unsigned i = 0; i < Reports::lines_of_each; ++i) {
        EXPECT_TRUE(reports.worth_a_line(1));
        EXPECT_TRUE(reports.worth_a_line(2));
    }
    EXPECT_FALSE(reports.worth_a_line(1));
    EXPECT_FALSE(reports.worth_a_line(2));
    EXPECT_TRUE(reports.worth_a_line(3));
}

TEST(Reports, only_so_many_instructions_get_any)
{
    Reports reports;
    unsigned lines = 0;
    for (std::uint64_t rip = 0; rip < 10000; ++rip)
        lines += reports.worth_a_line(rip) ? 1 : 0;
    EXPECT_EQ(lines, Reports::instructions);
}

} // namespace
} // namespace lintel::seal
