// SPDX-License-Identifier: Apache-2.0
// Check mode's second look at the tables: finds what nobody was seen to store, in the tables that were
// named and in all others in turn, and never looks at many. Contract: docs/design/sealed.md#stores.
#include "seal/rewalk.hpp"

#include <set>

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"
#include "seal/withdrawal.hpp"

namespace lintel::seal {
namespace {

constexpr Gfn root = FakeSealed::master.page, pdpt = FakeSealed::pdpt, pd = FakeSealed::pd,
              pt = FakeSealed::pt, spare = FakeSealed::spare;
constexpr std::uint64_t tables_there = 5; // the pair of roots, and one of each other level
constexpr Gfn data{5000};
constexpr std::uint64_t good = data.address() | 0x8000'0000'0000'0063;

// Notes which tables are looked at.
struct WatchedTables {
    std::uint64_t* entries(Gfn page)
    {
        looked_at.push_back(page);
        return domain.entries(page);
    }
    void load_root(Gfn page) { domain.load_root(page); }

    FakeSealed& domain;
    std::vector<Gfn> looked_at;
};

class RewalkTest : public testing::Test {
protected:
    Rewalk::Findings look(std::vector<std::uint64_t> named)
    {
        memory_.looked_at.clear();
        return rewalk_.look(domain_.tables, memory_, FakeSealed::window_entry,
                            [&](unsigned i) { return named.at(i); }, static_cast<unsigned>(named.size()));
    }
    // Wherever it is named from: the entry that was made wrong is found, once it is right again it is not.
    void expect_found(Gfn page, unsigned index, std::uint64_t raw)
    {
        rewalk_ = {};
        const std::uint64_t before = std::exchange(domain_.entry(page, index), raw);
        const auto found = look({FakeSealed::at(page, 7)});
        EXPECT_GE(found.count, 1u) << raw;
        EXPECT_EQ(found.address, FakeSealed::at(page, index));
        EXPECT_EQ(found.raw, raw);
        domain_.entry(page, index) = before;
        EXPECT_EQ(look({FakeSealed::at(page, 7)}).count, 0u);
    }

    FakeSealed domain_;
    WatchedTables memory_{domain_, {}};
    Rewalk rewalk_;
};

TEST_F(RewalkTest, finds_nothing_in_good_tables)
{
    domain_.entry(root, 511) = FakeSealed::table(pdpt);
    domain_.entry(pdpt, 511) = FakeSealed::table(pd);
    domain_.entry(pd, 511) = FakeSealed::table(pt);
    domain_.entry(pt, 511) = good;
    domain_.entry(pt, 510) = 0xdead'beee; // a note
    for (const Gfn page : {root, root + 1, pdpt, pd, pt})
        EXPECT_EQ(look({page.address()}).count, 0u);
}

TEST_F(RewalkTest, finds_a_wrong_entry_of_every_kind_at_every_level)
{
    for (const Gfn page : {root, root + 1, pdpt, pd})
        expect_found(page, 3, FakeSealed::table(page));
    expect_found(root, 509, FakeSealed::table(pdpt)); // not the window's
    expect_found(root, 509, 0);
    expect_found(root, 0, 2);                                // a note where none may be
    expect_found(pdpt, 0, FakeSealed::table(spare));         // no level
    expect_found(pd, 511, pt.address() | 0x23);              // keeps users out
    expect_found(pt, 0, good | 1ull << 45);                  // reserved
    expect_found(pt, 511, data.address() | 0x8000'0000'0000'0043); // not accessed
    expect_found(pt, 511, data.address() | 0x8000'0000'0000'0023); // writable, not dirty
    expect_found(pt, 1, data.address() | 0x21);              // executable data
    expect_found(pt, 1, pt.address() | 0x8000'0000'0000'0025); // a table that users read
}

TEST_F(RewalkTest, counts_all_of_a_table_and_names_the_last)
{
    domain_.entry(pt, 100) = domain_.entry(pt, 101) = domain_.entry(pt, 300) = data.address() | 1;
    const auto found = look({FakeSealed::at(pt, 0)});
    EXPECT_EQ(found.count, 3u);
    EXPECT_EQ(found.address, FakeSealed::at(pt, 300));
}

TEST_F(RewalkTest, comes_to_tables_that_nobody_names)
{
    const Gfn far{(1 << 18) + 600};
    domain_.tables.record.set(far, FrameKind::pt);
    domain_.entry(far, 9) = data.address() | 1;
    unsigned calls = 1;
    while (look({}).count == 0 && calls < 10)
        ++calls;
    EXPECT_LE(calls, tables_there + 3) << "one call for each table, and few for the frames between";
    std::set<Gfn> seen;
    for (unsigned i = 0; i < 3 * calls; ++i) {
        look({});
        seen.insert(memory_.looked_at.begin(), memory_.looked_at.end());
    }
    EXPECT_EQ(seen.size(), tables_there + 1) << "again and again all of them";
}

TEST_F(RewalkTest, looks_at_few_tables_at_once)
{
    std::vector<std::uint64_t> named;
    for (unsigned i = 0; i < 1000; ++i)
        named.push_back(FakeSealed::at(i % 2 == 0 ? pt : pd, i % 512));
    look(named);
    EXPECT_EQ(memory_.looked_at.size(), Rewalk::named_at_once + 1);
    named.assign(1000, FakeSealed::at(pt, 5));
    look(named);
    EXPECT_EQ(memory_.looked_at.size(), 2u) << "one that is named in a row counts once";
}

TEST_F(RewalkTest, passes_over_what_is_no_table)
{
    domain_.entry(pt, 1) = data.address() | 1;
    const auto found = look({0, data.address(), spare.address(), Gfn{FakeSealed::ram_frames}.address(), ~0ull,
                             1ull << 52, FakeSealed::at(pt, 0) + 3});
    EXPECT_EQ(found.count, 1u);
    EXPECT_EQ(memory_.looked_at.front(), pt);
}

TEST_F(RewalkTest, leaves_alone_what_is_in_the_way_of_frames_that_travel)
{
    const Gfn leaving = spare;
    ASSERT_TRUE(domain_.tables.move({leaving, 1}, FrameKind::donated, FrameKind::pt).ok());
    domain_.entry(pd, 0) = FakeSealed::table(leaving);
    domain_.entry(pt, 0) = good;
    ASSERT_TRUE(begin_withdrawal(domain_.tables, {leaving, 1}).ok());
    EXPECT_EQ(look({pd.address(), pt.address()}).count, 0u);
    end_withdrawal(domain_.tables, false);
    ASSERT_TRUE(domain_.tables.move({data, 1}, FrameKind::plain, FrameKind::settling).ok());
    EXPECT_EQ(look({pd.address(), pt.address()}).count, 0u);
    ASSERT_TRUE(domain_.tables.move({data, 1}, FrameKind::settling, FrameKind::text).ok());
    EXPECT_EQ(look({pt.address()}).count, 1u) << "writable text";
}

} // namespace
} // namespace lintel::seal
