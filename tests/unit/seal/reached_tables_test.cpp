// SPDX-License-Identifier: Apache-2.0
// Tables that commands remember: nothing is found there that is none, and nothing once it is withdrawn.
#include "seal/reached_tables.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"
#include "seal/withdrawal.hpp"

namespace lintel::seal {
namespace {

constexpr Gfn pt = FakeSealed::pt, same_slot{FakeSealed::pt.number + 32};
constexpr std::uint64_t page = Gfn{4000}.address() | 0x8000'0000'0000'0067; // a process's
constexpr std::uint64_t set = 0, change = 1, give_level = 2;

TEST(ReachedTablesTest, no_address_is_in_a_table_that_was_never_reached)
{
    ReachedTables reached;
    for (std::uint64_t frame = 0; frame < 64; ++frame)
        for (const std::uint64_t address : {frame << 12, frame << 12 | 0xfff, frame << 12 | 8, ~frame << 12,
                                            ~(frame << 12), frame << 12 | std::uint64_t{1} << 63})
            EXPECT_FALSE(reached.at(address).has(address)) << std::hex << address;
}

TEST(ReachedTablesTest, an_entry_is_found_by_its_very_address)
{
    ReachedTables reached;
    std::uint64_t entries[512];
    reached.at(pt.address()) = {pt, entries};
    for (unsigned i = 0; i < 512; ++i) {
        const std::uint64_t address = FakeSealed::at(pt, i);
        ASSERT_TRUE(reached.at(address).has(address));
        EXPECT_EQ(&reached.at(address).entry(address), &entries[i]);
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t other = pt.address() ^ 1ull << bit;
        EXPECT_EQ(reached.at(other).has(other), bit >= 3 && bit < 12) << bit;
    }
    reached.forget();
    EXPECT_FALSE(reached.at(pt.address()).has(pt.address()));
}

class ReachedTablesCommandsTest : public testing::Test {
protected:
    static std::uint64_t at(Gfn table, unsigned index) { return FakeSealed::at(table, index); }
    std::optional<Error> refused(std::vector<std::uint64_t> words) { return domain_.batch(words).refused; }

    FakeSealed domain_;
    Tables& tables_ = domain_.tables;
};

TEST_F(ReachedTablesCommandsTest, tables_that_take_each_others_place_are_told_apart)
{
    tables_.record.set(same_slot, FrameKind::pt);
    for (unsigned i = 0; i < 4; ++i) {
        EXPECT_FALSE(refused({at(pt, i), page, at(same_slot, i), page + 0x1000,
                              at(pt, i + 8) | change, 1, 0, page}));
        EXPECT_EQ(domain_.entry(pt, i), page);
        EXPECT_EQ(domain_.entry(pt, i + 8), page);
        EXPECT_EQ(domain_.entry(same_slot, i), page + 0x1000);
        EXPECT_EQ(domain_.exchange(at(pt, i), 0).take(), page);
        EXPECT_EQ(domain_.exchange(at(same_slot, i), 0).take(), page + 0x1000);
    }
}

TEST_F(ReachedTablesCommandsTest, what_is_withdrawn_is_reached_no_more)
{
    ASSERT_FALSE(refused({at(pt, 0) | set, page}));
    ASSERT_TRUE(begin_withdrawal(tables_, {pt, 1}).ok());
    EXPECT_EQ(refused({at(pt, 0) | set, 0}), Error::bad_address);
    EXPECT_EQ(refused({at(pt, 0) | change, 1, 0, 0}), Error::bad_address);
    EXPECT_EQ(domain_.exchange(at(pt, 0), 0).error(), Error::bad_address);
    EXPECT_EQ(domain_.entry(pt, 0), page);

    end_withdrawal(tables_, false);
    EXPECT_FALSE(refused({at(pt, 0) | set, 0}));
    ASSERT_TRUE(begin_withdrawal(tables_, {pt, 1}).ok());
    end_withdrawal(tables_, true);
    EXPECT_EQ(refused({at(pt, 0) | set, page}), Error::bad_address) << "plain";
    EXPECT_EQ(domain_.exchange(at(pt, 0), page).error(), Error::bad_address);
}

TEST_F(ReachedTablesCommandsTest, a_page_that_comes_back_as_another_table_is_judged_as_that)
{
    ASSERT_FALSE(refused({at(pt, 0) | set, page}));
    ASSERT_TRUE(begin_withdrawal(tables_, {pt, 1}).ok());
    end_withdrawal(tables_, true);
    tables_.move({pt, 1}, FrameKind::plain, FrameKind::moving).take();
    tables_.move({pt, 1}, FrameKind::moving, FrameKind::donated).take();
    EXPECT_EQ(refused({at(pt, 0) | set, page}), Error::bad_address) << "no level yet";
    EXPECT_FALSE(refused({pt.address() | give_level, 1}));
    EXPECT_EQ(refused({at(pt, 0) | set, page}), Error::bad_address) << "leads to no table";
    EXPECT_EQ(domain_.exchange(at(pt, 0), page).error(), Error::bad_address);
    EXPECT_EQ(domain_.entry(pt, 0), 0u);
}

TEST_F(ReachedTablesCommandsTest, a_run_leaves_a_known_table_no_more_than_another)
{
    for (unsigned time = 0; time < 2; ++time) { // the second time it is known
        for (const std::uint64_t count : {0ull, 13ull, 512ull, 1ull << 32, ~0ull})
            EXPECT_EQ(refused({at(pt, 500) | change, count, 0, 0}), Error::bad_argument) << count;
        EXPECT_FALSE(refused({at(pt, 500) | change, 12, 0, 0}));
    }
}

TEST_F(ReachedTablesCommandsTest, an_unaligned_exchange_is_refused_in_a_known_table_too)
{
    ASSERT_TRUE(domain_.exchange(at(pt, 0), page).ok());
    for (unsigned offset = 1; offset < 8; ++offset)
        EXPECT_EQ(domain_.exchange(at(pt, 0) + offset, 0).error(), Error::bad_argument);
    EXPECT_EQ(domain_.exchange(~0ull, 0).error(), Error::bad_address);
    EXPECT_EQ(domain_.entry(pt, 0), page);
}

} // namespace
} // namespace lintel::seal
