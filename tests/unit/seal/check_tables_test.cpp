// SPDX-License-Identifier: Apache-2.0
// The check of a kernel's own tables before the seal: finds what is wrong wherever it is, in parts of any
// size. Contract: docs/design/sealed.md#the-seal.
#include "seal/check_tables.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"

namespace lintel::seal {
namespace {

constexpr Gfn root = FakeSealed::master.page, pdpt = FakeSealed::pdpt, pd = FakeSealed::pd,
              pt = FakeSealed::pt;
constexpr Gfn text{300};

class CheckTablesTest : public testing::Test {
protected:
    CheckTablesTest()
    {
        domain_.tables.record.set(text, FrameKind::text);
        domain_.entry(root, 511) = FakeSealed::table(pdpt);
        domain_.entry(pdpt, 511) = FakeSealed::table(pd);
        domain_.entry(pd, 511) = FakeSealed::table(pt);
        domain_.entry(pt, 511) = text.address() | 0x21; // executed by the supervisor
        domain_.entry(pt, 510) = 0xdead'beee;           // a note
    }

    std::optional<Error> refused(unsigned budget = 1u << 30)
    {
        at_ = 0;
        for (calls_ = 1;; ++calls_) {
            auto checked = check_tables(domain_.tables, domain_, FakeSealed::window_entry, at_, budget);
            if (!checked.ok())
                return checked.error();
            if (checked.value())
                return {};
        }
    }
    // The entry at `at_` is the one that was made wrong.
    void expect_found(Gfn page, unsigned index, std::uint64_t raw, Error error)
    {
        const std::uint64_t good = std::exchange(domain_.entry(page, index), raw);
        EXPECT_EQ(refused(), error);
        EXPECT_EQ(at_, FakeSealed::at(page, index));
        domain_.entry(page, index) = good;
        EXPECT_EQ(refused(), std::nullopt);
    }

    FakeSealed domain_;
    std::uint64_t at_ = 0;
    unsigned calls_ = 0;
};

TEST_F(CheckTablesTest, accepts_good_tables_and_looks_into_no_page_without_a_level)
{
    EXPECT_EQ(refused(), std::nullopt); // the donated pages are full of garbage
    EXPECT_GE(at_, Gfn{FakeSealed::ram_frames}.address());
}

TEST_F(CheckTablesTest, finds_a_wrong_entry_at_every_level)
{
    for (const Gfn page : {root, pdpt, pd})
        expect_found(page, 511, FakeSealed::table(page), Error::bad_address);
    expect_found(pt, 511, text.address() | 0x63, Error::not_permitted); // writable text
    expect_found(pt, 0, Gfn{5000}.address() | 0x21, Error::not_permitted); // executable data
    expect_found(pt, 0, pt.address() | 0x8000'0000'0000'0025, Error::not_permitted); // a user's table
    expect_found(pd, 0, 0xa1, Error::not_permitted); // 2 MiB of data, executable
    expect_found(pdpt, 0, 0x8000'0000'0000'00e3, Error::not_permitted); // 1 GiB, writable text in it
    expect_found(pd, 3, pt.address() | 0x23, Error::bad_argument); // users are to be let through
    expect_found(pt, 1, Gfn{5000}.address() | 0x8000'0000'0000'0023, Error::bad_argument); // not dirty
    expect_found(pt, 1, Gfn{5000}.address() | 0x8000'0000'0000'0001, Error::bad_argument); // not accessed
    expect_found(root, 0, 2, Error::bad_argument);
}

TEST_F(CheckTablesTest, a_table_of_tables_that_nobody_refers_to_is_looked_at_too)
{
    domain_.entry(pd, 511) = 0;
    expect_found(pt, 0, Gfn{5000}.address() | 0x21, Error::not_permitted);
}

TEST_F(CheckTablesTest, every_root_has_the_window_or_gets_it)
{
    for (const Gfn page : {root, root + 1}) {
        domain_.entry(page, 509) = 0;
        EXPECT_EQ(refused(), std::nullopt);
        EXPECT_EQ(domain_.entry(page, 509), FakeSealed::window_entry);
        expect_found(page, 509, FakeSealed::table(pdpt), Error::not_permitted);
    }
}

TEST_F(CheckTablesTest, goes_on_where_it_was)
{
    EXPECT_EQ(refused(1000), std::nullopt);
    EXPECT_EQ(calls_, (512 - 5 + 513 + 5 * 512 + 999) / 1000)
        << "each looked at once, and 2 MiB without any in one step";
    domain_.entry(pt, 300) = Gfn{5000}.address() | 0x21;
    EXPECT_EQ(refused(7), Error::not_permitted);
    EXPECT_EQ(at_, FakeSealed::at(pt, 300));
}

} // namespace
} // namespace lintel::seal
