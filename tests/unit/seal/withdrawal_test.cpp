// SPDX-License-Identifier: Apache-2.0
// Withdrawing table pages while other vCPUs issue commands between the parts of the search. Contract:
// docs/design/sealed.md#withdrawal.
#include "seal/withdrawal.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"

namespace lintel::seal {
namespace {

constexpr Gfn root = FakeSealed::master.page, pdpt = FakeSealed::pdpt, pd = FakeSealed::pd,
              pt = FakeSealed::pt, spare = FakeSealed::spare;
constexpr unsigned everything = 1u << 30;

class WithdrawalTest : public testing::Test {
protected:
    WithdrawalTest()
    {
        domain_.entry(root, 511) = FakeSealed::table(pdpt);
        domain_.entry(pdpt, 511) = FakeSealed::table(pd);
        domain_.entry(pd, 511) = FakeSealed::table(pt);
    }
    std::optional<Error> begin(GfnRange range)
    {
        const auto begun = begin_withdrawal(domain_.tables, range);
        return begun.ok() ? std::nullopt : std::optional{begun.error()};
    }
    // Whether there are no references; nothing: the budget.
    std::optional<bool> search(unsigned budget = everything)
    {
        auto none = search_references(domain_.tables, domain_, at_, budget);
        if (!none.ok()) {
            EXPECT_EQ(none.error(), Error::busy);
            return false;
        }
        return none.value() ? std::optional{true} : std::nullopt;
    }
    std::optional<Error> exchange(Gfn page, unsigned index, std::uint64_t value)
    {
        auto old = domain_.exchange(FakeSealed::at(page, index), value);
        return old.ok() ? std::nullopt : std::optional{old.error()};
    }
    FrameKind kind(Gfn page) { return domain_.tables.record.at(page); }

    FakeSealed domain_;
    std::uint64_t at_ = 0;
};

TEST_F(WithdrawalTest, a_table_goes_once_nothing_refers_to_it)
{
    ASSERT_EQ(begin({pt, 1}), std::nullopt);
    EXPECT_EQ(search(), false);
    EXPECT_EQ(at_, FakeSealed::at(pd, 511));
    ASSERT_EQ(exchange(pd, 511, 0), std::nullopt);
    EXPECT_EQ(search(), true);
    end_withdrawal(domain_.tables, true);
    EXPECT_EQ(kind(pt), FrameKind::plain);
    EXPECT_EQ(exchange(pt, 0, 0), Error::bad_address);
}

TEST_F(WithdrawalTest, given_up_the_table_is_what_it_was)
{
    domain_.entry(pt, 3) = 0xabc0;
    ASSERT_EQ(begin({pt, 1}), std::nullopt);
    EXPECT_EQ(kind(pt), FrameKind::moving);
    end_withdrawal(domain_.tables, false);
    EXPECT_EQ(kind(pt), FrameKind::pt);
    EXPECT_EQ(domain_.entry(pt, 3), 0xabc0u);
    EXPECT_EQ(exchange(pt, 3, 0), std::nullopt);
}

TEST_F(WithdrawalTest, no_reference_is_made_behind_the_search)
{
    ASSERT_EQ(begin({pt, 1}), std::nullopt);
    ASSERT_EQ(exchange(pd, 511, 0), std::nullopt);
    ASSERT_EQ(search((pt - Gfn{0}) + 3 * 512), std::nullopt);
    EXPECT_EQ(exchange(pd, 0, FakeSealed::table(pt)), Error::bad_address);
    EXPECT_EQ(exchange(pt, 0, 0), Error::bad_address);
    EXPECT_EQ(domain_.batch({FakeSealed::at(pd, 0) | 1, 2, 0, FakeSealed::table(pt)}),
              (BatchAnswer{0, Error::bad_address}));
    EXPECT_EQ(search(), true);
}

// What the search has passed must not get a reference by a copy, while the original is cleared before the
// search comes to it.
TEST_F(WithdrawalTest, a_new_root_does_not_take_over_a_reference)
{
    ASSERT_EQ(begin({pdpt, 1}), std::nullopt);
    EXPECT_EQ(domain_.batch({spare.address() | 3, 0}), (BatchAnswer{0, Error::bad_address}));
    EXPECT_EQ(kind(spare), FrameKind::donated);
    EXPECT_EQ(domain_.entry(spare, 511), ~0ull) << "nothing was copied";
    ASSERT_EQ(exchange(root, 511, 0), std::nullopt);
    EXPECT_EQ(domain_.batch({spare.address() | 3, 1}), (BatchAnswer{1, std::nullopt}));
    EXPECT_EQ(search(), true);
}

TEST_F(WithdrawalTest, a_root_that_is_withdrawn_is_not_loaded)
{
    ASSERT_EQ(domain_.batch({spare.address() | 3, 0}), (BatchAnswer{1, std::nullopt}));
    ASSERT_EQ(begin({spare, 1}), std::nullopt);
    EXPECT_EQ(domain_.batch({spare.address() | 4, 0}), (BatchAnswer{0, Error::bad_address}));
    EXPECT_TRUE(domain_.loaded.empty());
}

TEST_F(WithdrawalTest, tables_that_go_together_may_refer_to_each_other)
{
    ASSERT_EQ(exchange(pdpt, 511, 0), std::nullopt);
    ASSERT_EQ(begin({pd, 2}), std::nullopt);
    EXPECT_EQ(search(), true);
}

TEST_F(WithdrawalTest, a_leaf_is_no_reference)
{
    ASSERT_EQ(exchange(pd, 511, 0), std::nullopt);
    ASSERT_EQ(exchange(pt, 0, pt.address() | 0x8000'0000'0000'0063), std::nullopt); // EPT's to guard
    ASSERT_EQ(begin({pt, 1}), std::nullopt);
    EXPECT_EQ(search(), true);
}

TEST_F(WithdrawalTest, refuses_what_is_no_table_page_and_the_master)
{
    EXPECT_EQ(begin({{4000}, 1}), Error::bad_address);
    EXPECT_EQ(begin({pt, 0}), Error::bad_address);
    EXPECT_EQ(begin({pt, ~0ull}), Error::bad_address);
    EXPECT_EQ(begin({{~0ull}, 1}), Error::bad_address);
    EXPECT_EQ(begin({{FakeSealed::ram_frames - 1}, 2}), Error::bad_address);
    EXPECT_EQ(begin({root, 1}), Error::not_permitted);
    EXPECT_EQ(begin({root + 1, 1}), Error::not_permitted) << "the user's half of the pair";
    ASSERT_EQ(begin({spare, 2}), std::nullopt) << "donated pages without a level may go";
    EXPECT_EQ(begin({spare + 4, 1}), Error::busy) << "one at a time";
}

TEST_F(WithdrawalTest, a_page_on_its_way_out_is_not_claimed_again)
{
    ASSERT_EQ(begin({spare, 1}), std::nullopt);
    for (const FrameKind from : {FrameKind::plain, FrameKind::moving})
        EXPECT_FALSE(domain_.tables.move({spare, 1}, from, FrameKind::donated).ok());
}

} // namespace
} // namespace lintel::seal
