// SPDX-License-Identifier: Apache-2.0
// Domains by number: who is found, and who is not any more.
#include "domain/domain_table.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

struct Numbered {
    DomainId id;
};

TEST(DomainTable, finds_by_the_whole_number)
{
    Numbered first{{0}}, second{{5 * domain_slots + 3}};
    DomainTable<Numbered> table;
    table.put(first);
    table.put(second);
    EXPECT_EQ(table.find(0), &first);
    EXPECT_EQ(table.find(5 * domain_slots + 3), &second);
    for (const std::uint64_t number :
         {3ul, 4ul * domain_slots + 3, 1ul * domain_slots, 1ul, 0xfffful, 1ul << 32,
          (1ul << 16) + 5ul * domain_slots + 3, ~0ul})
        EXPECT_EQ(table.find(number), nullptr) << number;
}

TEST(DomainTable, slot_can_be_given_to_the_next_generation)
{
    Numbered old{{7}}, young{{domain_slots + 7}};
    DomainTable<Numbered> table;
    table.put(old);
    table.take_out(old);
    EXPECT_EQ(table.find(7), nullptr);
    table.put(young);
    EXPECT_EQ(table.find(7), nullptr);
    EXPECT_EQ(table.find(domain_slots + 7), &young);
}

TEST(DomainTableDeathTest, slot_holds_one_domain)
{
    Numbered one{{1}}, other{{domain_slots + 1}};
    DomainTable<Numbered> table;
    table.put(one);
    EXPECT_DEATH(table.put(other), "nullptr");
    EXPECT_DEATH(table.take_out(other), "domain");
}

} // namespace
} // namespace lintel
