// SPDX-License-Identifier: Apache-2.0
// Declarations, donations and patches of text.
#include "seal/moves.hpp"

#include <gtest/gtest.h>

#include "fakes/sealed_domain.hpp"

namespace lintel::seal {
namespace {

class MovesTest : public testing::Test {
protected:
    MovesTest() { it_.seal().take(); }
    Result<std::uint64_t> donate_pages(GfnRange range)
    {
        return donate(it_.domain, it_.sealed.tables, range);
    }
    SealedDomain it_;
};

TEST_F(MovesTest, declarations_stay_within_the_record)
{
    Tables& tables = it_.sealed.tables;
    EXPECT_TRUE(declare(tables, {{60}, 4}, LINTEL_FRAME_PD).ok());
    EXPECT_EQ(it_.kind({63}), FrameKind::pd);
    EXPECT_TRUE(declare(tables, {{60}, 4}, LINTEL_FRAME_PLAIN).ok());
    EXPECT_EQ(it_.kind({63}), FrameKind::plain);
    EXPECT_EQ(declare(tables, {{FakeSealed::ram_frames - 1}, 2}, 1).error(), Error::bad_address);
    EXPECT_EQ(declare(tables, {{1ull << 52}, 1}, 1).error(), Error::bad_address);
}

TEST_F(MovesTest, donated_pages_are_protected_before_they_count)
{
    bool looked = false;
    it_.domain.during_shootdown = [&] {
        EXPECT_EQ(it_.kind({22}), FrameKind::moving);
        EXPECT_EQ(it_.access({22}), ept::Access::r);
        looked = true;
    };
    EXPECT_EQ(donate_pages({{22}, 3}).take(), 3u);
    EXPECT_TRUE(looked);
    EXPECT_EQ(it_.kind({24}), FrameKind::donated);
    EXPECT_EQ(it_.access({24}), ept::Access::r);
    EXPECT_EQ(it_.access({25}), ept::Access::rwx);
}

TEST_F(MovesTest, a_whole_large_page_stays_one_entry)
{
    EXPECT_EQ(donate_pages(SealedDomain::large).take(), 512u);
    EXPECT_EQ(it_.domain.map.lookup(SealedDomain::large.first).level, ept::Level::pd);
    EXPECT_EQ(it_.access(SealedDomain::large.first), ept::Access::r);
}

TEST_F(MovesTest, what_is_not_plain_or_used_or_absent_is_not_donated)
{
    lend_frame(it_.domain, {23}).take();
    for (const auto& [range, error] :
         {std::pair{GfnRange{{22}, 2}, Error::busy}, {{SealedDomain::text, 1}, Error::busy},
          {{SealedDomain::kernel, 1}, Error::busy}, {{FakeSealed::pt, 1}, Error::busy},
          {{{63}, 2}, Error::bad_address}, {{{FakeSealed::ram_frames}, 1}, Error::bad_address}}) {
        const auto done = donate_pages(range);
        ASSERT_FALSE(done.ok());
        EXPECT_EQ(done.error(), error);
    }
    EXPECT_EQ(it_.kind({22}), FrameKind::plain);
    EXPECT_EQ(it_.access({22}), ept::Access::rwx);
    EXPECT_EQ(it_.kind({63}), FrameKind::plain);
}

TEST_F(MovesTest, without_memory_to_split_nothing_is_donated)
{
    it_.domain.tables.allocations_left = 0;
    EXPECT_EQ(donate_pages({SealedDomain::large.first, 2}).error(), Error::no_memory);
    EXPECT_EQ(it_.access(SealedDomain::large.first), ept::Access::rwx);
    EXPECT_EQ(it_.kind(SealedDomain::large.first), FrameKind::plain);
}

TEST_F(MovesTest, bytes_of_text_are_stored_and_no_others)
{
    Tables& tables = it_.sealed.tables;
    std::uint64_t& word = it_.sealed.entry(SealedDomain::text, 2);
    const std::uint64_t at = SealedDomain::text.address() + 16;
    word = 0x1122334455667788;
    EXPECT_TRUE(write_text(tables, it_.sealed, at + 1, 0xffffffffffffffaa, 1).ok());
    EXPECT_EQ(word, 0x112233445566aa88u);
    EXPECT_TRUE(write_text(tables, it_.sealed, at + 3, 0xbbbbbbbbbb, 5).ok());
    EXPECT_EQ(word, 0xbbbbbbbbbb66aa88u);
    EXPECT_TRUE(write_text(tables, it_.sealed, at, 7, 8).ok());
    EXPECT_EQ(word, 7u);
    for (const Gfn page : {FakeSealed::pt, SealedDomain::kernel, Gfn{0}, Gfn{1ull << 51}})
        EXPECT_EQ(write_text(tables, it_.sealed, page.address(), 0, 8).error(), Error::bad_address);
}

} // namespace
} // namespace lintel::seal
