// SPDX-License-Identifier: Apache-2.0
// Entries: whom they permit what, how long they are in use, and when they are revoked.
#include "grant/grant_table.hpp"

#include <array>

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr DomainId peer{7}, stranger{8}, earlier{7 + domain_slots};
constexpr Gfn page{0x1234};

class GrantTableTest : public testing::Test {
protected:
    static constexpr std::uint32_t refs = 4;
    Result<Gfn> use(std::uint32_t ref, bool writing = false, DomainId by = peer)
    {
        return table_.begin_use(ref, by, writing);
    }
    std::array<std::uint64_t, refs> entries_{};
    std::array<std::uint16_t, refs> uses_{};
    GrantTable table_{entries_.data(), uses_};
};

TEST_F(GrantTableTest, entry_permits_its_peer_alone)
{
    entries_[1] = GrantEntry::of(page, peer, true).raw();
    EXPECT_EQ(use(1).take(), page);
    EXPECT_EQ(use(1, true).take(), page);
    for (const DomainId other : {stranger, earlier, DomainId{0}, DomainId{0xffff}})
        EXPECT_EQ(use(1, false, other).error(), Error::not_permitted) << other.number;
    EXPECT_EQ(uses_[1], 2);
    EXPECT_EQ(table_.used(), 1u);
}

TEST_F(GrantTableTest, read_only_entry_cannot_be_written)
{
    entries_[0] = GrantEntry::of(page, peer, false).raw();
    EXPECT_EQ(use(0, true).error(), Error::not_permitted);
    EXPECT_TRUE(use(0).ok());
}

TEST_F(GrantTableTest, empty_entry_permits_nobody)
{
    EXPECT_EQ(use(0).error(), Error::not_permitted);
    EXPECT_EQ(use(0, false, {0}).error(), Error::not_permitted); // zero is dom0's number too
    entries_[0] = GrantEntry::of(page, peer, true).raw() & ~LINTEL_GRANT_PRESENT;
    EXPECT_EQ(use(0).error(), Error::not_permitted);
}

TEST_F(GrantTableTest, entry_with_an_unknown_bit_permits_nobody)
{
    for (unsigned bit = 2; bit < 12; ++bit) {
        entries_[0] = GrantEntry::of(page, peer, true).raw() | 1ull << bit;
        EXPECT_EQ(use(0).error(), Error::not_permitted) << bit;
    }
}

TEST_F(GrantTableTest, references_end_at_the_limit)
{
    for (std::uint64_t& entry : entries_)
        entry = GrantEntry::of(page, peer, true).raw();
    EXPECT_TRUE(use(refs - 1).ok());
    for (const std::uint32_t ref : {refs, refs + 1, 0x1'0000u, 0x8000'0000u, ~0u}) {
        EXPECT_EQ(use(ref).error(), Error::not_found) << ref;
        EXPECT_EQ(table_.revoke(ref).error(), Error::not_found) << ref;
    }
}

TEST_F(GrantTableTest, use_goes_on_when_the_entry_is_changed)
{
    entries_[2] = GrantEntry::of(page, peer, true).raw();
    EXPECT_TRUE(use(2).ok());
    entries_[2] = GrantEntry::of({9}, stranger, false).raw();
    EXPECT_EQ(use(2).error(), Error::not_permitted);
    EXPECT_EQ(use(2, false, stranger).take(), Gfn{9});
    EXPECT_EQ(uses_[2], 2);
    table_.end_use(2);
    table_.end_use(2);
    EXPECT_EQ(table_.used(), 0u);
}

TEST_F(GrantTableTest, entry_is_revoked_when_it_is_cleared_and_not_in_use)
{
    EXPECT_TRUE(table_.revoke(0).ok()); // it was never granted
    entries_[0] = GrantEntry::of(page, peer, true).raw();
    EXPECT_EQ(table_.revoke(0).error(), Error::bad_argument);
    EXPECT_TRUE(use(0).ok());
    EXPECT_EQ(table_.revoke(0).error(), Error::bad_argument);
    entries_[0] = 0;
    EXPECT_EQ(table_.revoke(0).error(), Error::busy);
    table_.end_use(0);
    EXPECT_TRUE(table_.revoke(0).ok());
    EXPECT_EQ(use(0).error(), Error::not_permitted);
}

TEST_F(GrantTableTest, refused_use_counts_nothing)
{
    entries_[0] = GrantEntry::of(page, peer, false).raw();
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(use(0, true).ok());
        EXPECT_FALSE(use(0, false, stranger).ok());
    }
    EXPECT_EQ(uses_[0], 0);
    entries_[0] = 0;
    EXPECT_TRUE(table_.revoke(0).ok());
}

TEST_F(GrantTableTest, uses_do_not_run_over)
{
    entries_[0] = GrantEntry::of(page, peer, true).raw();
    uses_[0] = 0xfffe;
    EXPECT_TRUE(use(0).ok());
    EXPECT_EQ(use(0).error(), Error::limit_reached);
    EXPECT_EQ(uses_[0], 0xffff);
}

using GrantTableDeathTest = GrantTableTest;
TEST_F(GrantTableDeathTest, use_that_did_not_begin_cannot_end)
{
    EXPECT_DEATH(table_.end_use(0), "uses");
    EXPECT_DEATH(table_.end_use(refs), "ref");
}

} // namespace
} // namespace lintel
