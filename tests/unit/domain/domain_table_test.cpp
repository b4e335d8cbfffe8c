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

TEST(DomainTable, dying_domain_is_found_by_those_only_who_look_for_it)
{
    Numbered domain{{9}};
    DomainTable<Numbered> table;
    table.put(domain);
    table.retire(domain);
    EXPECT_EQ(table.find(9), nullptr);
    EXPECT_EQ(table.find_any(9), &domain);
    EXPECT_EQ(table.find_next(0), &domain);
    EXPECT_EQ(table.count(), 1u);
    table.take_out(domain);
    EXPECT_EQ(table.find_any(9), nullptr);
    EXPECT_EQ(table.count(), 0u);
}

TEST(DomainTable, walk_goes_by_number_and_not_by_slot)
{
    Numbered dom0{{0}}, young{{domain_slots + 1}}, old{{5}};
    DomainTable<Numbered> table;
    for (Numbered* domain : {&dom0, &young, &old})
        table.put(*domain);
    EXPECT_EQ(table.find_next(0), &dom0);
    EXPECT_EQ(table.find_next(1), &old);
    EXPECT_EQ(table.find_next(6), &young);
    EXPECT_EQ(table.find_next(domain_slots + 2), nullptr);
    EXPECT_EQ(table.find_next(~0ull), nullptr);
}

TEST(DomainTable, numbers_go_on_after_they_were_given_back)
{
    DomainTable<Numbered> table;
    for (std::uint16_t expected = 1; expected < 5 * domain_slots; ++expected) {
        if (expected % domain_slots == 0)
            continue; // slot 0 is dom0's
        const DomainId id = table.reserve().take();
        ASSERT_EQ(id.number, expected);
        table.give_back(id);
    }
}

TEST(DomainTable, numbers_that_are_taken_are_skipped_and_the_last_is_told)
{
    DomainTable<Numbered> table;
    for (unsigned slot = 1; slot < domain_slots; ++slot)
        EXPECT_EQ(table.reserve().take().number, slot);
    EXPECT_EQ(table.reserve().error(), Error::limit_reached);
    table.give_back(DomainId{77});
    EXPECT_EQ(table.reserve().take().number, domain_slots + 77);
    EXPECT_EQ(table.reserve().error(), Error::limit_reached);
}

TEST(DomainTable, a_number_comes_again_after_all_others)
{
    DomainTable<Numbered> table;
    const DomainId first = table.reserve().take();
    table.give_back(first);
    unsigned others = 0;
    for (DomainId id = table.reserve().take(); id != first; id = table.reserve().take()) {
        ASSERT_LE(id.number, last_domain_number);
        ASSERT_NE(id.slot(), 0u);
        table.give_back(id);
        ++others;
    }
    EXPECT_EQ(others, 511u * (domain_slots - 1) - 1);
    static_assert(last_domain_number < static_cast<unsigned>(Owner::hypervisor));
}

} // namespace
} // namespace lintel
