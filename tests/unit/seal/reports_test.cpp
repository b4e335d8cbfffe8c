// SPDX-License-Identifier: Apache-2.0
// A guest in check mode does not fill the log.
#include "seal/reports.hpp"

#include <gtest/gtest.h>

namespace lintel::seal {
namespace {

TEST(Reports, each_subject_gets_a_few_lines)
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

TEST(Reports, only_so_many_subjects_get_any)
{
    Reports reports;
    unsigned lines = 0;
    for (std::uint64_t rip = 0; rip < 10000; ++rip)
        lines += reports.worth_a_line(rip) ? 1 : 0;
    EXPECT_EQ(lines, Reports::subjects);
}

TEST(RecentStores, knows_the_last_store_to_a_page_and_forgets_in_time)
{
    RecentStores stores;
    EXPECT_EQ(stores.last_to({}), std::nullopt);
    stores.note({7}, 100);
    stores.note({8}, 200);
    stores.note({7}, 300);
    EXPECT_EQ(stores.last_to({7}), 300u);
    EXPECT_EQ(stores.last_to({8}), 200u);
    EXPECT_EQ(stores.last_to({9}), std::nullopt);
    for (unsigned i = 0; i < RecentStores::kept; ++i)
        stores.note({100 + i}, 1);
    EXPECT_EQ(stores.last_to({7}), std::nullopt);
    EXPECT_EQ(stores.last_to({100}), 1u);
}

} // namespace
} // namespace lintel::seal
