// SPDX-License-Identifier: Apache-2.0
// The seal: what is protected when it succeeds, and that nothing is when it is refused.
#include "seal/sealing.hpp"

#include <gtest/gtest.h>

#include "fakes/sealed_domain.hpp"

namespace lintel::seal {
namespace {

class SealingTest : public testing::Test {
protected:
    void expect_refused(Error error, std::uint64_t culprit)
    {
        const auto done = it_.seal();
        ASSERT_FALSE(done.ok());
        EXPECT_EQ(done.error(), error);
        EXPECT_EQ(it_.sealing.culprit, culprit);
        EXPECT_EQ(it_.sealing.phase, Phase::open);
        EXPECT_EQ(it_.sealing.protected_frames, 0u);
        EXPECT_TRUE(it_.all_is_as_before());
    }
    SealedDomain it_;
    FrameRecord& record_ = it_.sealed.tables.record;
};

TEST_F(SealingTest, tables_and_text_are_protected_and_nothing_else)
{
    ASSERT_TRUE(it_.seal().ok());
    for (const Gfn page : {Gfn{16}, Gfn{17}, FakeSealed::pdpt, FakeSealed::pd, FakeSealed::pt})
        EXPECT_EQ(it_.access(page), ept::Access::r);
    EXPECT_EQ(it_.access(SealedDomain::text), ept::Access::rx);
    EXPECT_EQ(it_.access(SealedDomain::kernel), ept::Access::rwx);
    EXPECT_EQ(it_.access({0}), ept::Access::rwx);
    EXPECT_EQ(it_.domain.shootdowns, 1u);
    EXPECT_EQ(it_.sealing.protected_frames, 7u);
}

TEST_F(SealingTest, tables_are_checked_after_nobody_can_store_any_more)
{
    bool looked = false;
    it_.domain.during_shootdown = [&] {
        EXPECT_EQ(it_.access(FakeSealed::pt), ept::Access::r);
        it_.sealed.entry(FakeSealed::pt, 5) = ~0ull; // the last store
        looked = true;
    };
    expect_refused(Error::bad_argument, FakeSealed::at(FakeSealed::pt, 5));
    EXPECT_TRUE(looked);
}

TEST_F(SealingTest, a_bad_entry_is_named_and_everything_undone)
{
    it_.sealed.entry(FakeSealed::pd, 511) = SealedDomain::kernel.address() | FakeSealed::table_bits;
    expect_refused(Error::bad_address, FakeSealed::at(FakeSealed::pd, 511));
}

TEST_F(SealingTest, writable_text_is_refused)
{
    it_.sealed.entry(FakeSealed::pt, 0) = SealedDomain::text.address() | 0x63 | 1ull << 63;
    expect_refused(Error::not_permitted, FakeSealed::at(FakeSealed::pt, 0));
}

TEST_F(SealingTest, slot_509_becomes_the_windows)
{
    it_.sealed.entry({16}, 509) = 0;
    it_.sealed.entry({17}, 509) = FakeSealed::window_entry & ~TableEntry::accessed_bit;
    ASSERT_TRUE(it_.seal().ok());
    EXPECT_EQ(it_.sealed.entry({16}, 509), FakeSealed::window_entry);
    EXPECT_EQ(it_.sealed.entry({17}, 509), FakeSealed::window_entry);
}

TEST_F(SealingTest, slot_509_with_anything_else_is_refused)
{
    it_.sealed.entry({17}, 509) = FakeSealed::window_entry + page_size;
    expect_refused(Error::not_permitted, FakeSealed::at({17}, 509));
}

TEST_F(SealingTest, frames_that_others_use_are_refused)
{
    for (const Gfn page : {Gfn{16}, SealedDomain::text + 1, SealedDomain::kernel}) {
        SealedDomain other;
        lend_frame(other.domain, page).take();
        const auto done = other.seal();
        ASSERT_FALSE(done.ok());
        EXPECT_EQ(done.error(), Error::busy);
        EXPECT_EQ(other.sealing.culprit, page.address());
        EXPECT_TRUE(other.all_is_as_before());
    }
}

TEST_F(SealingTest, declared_holes_are_refused)
{
    record_.set({200}, FrameKind::kernel);
    expect_refused(Error::bad_address, Gfn{200}.address());
}

TEST_F(SealingTest, a_large_page_is_split_only_where_a_part_is_declared)
{
    record_.set(SealedDomain::large.first + 7, FrameKind::text);
    ASSERT_TRUE(it_.seal().ok());
    EXPECT_EQ(it_.access(SealedDomain::large.first + 7), ept::Access::rx);
    EXPECT_EQ(it_.access(SealedDomain::large.first + 8), ept::Access::rwx);
    EXPECT_EQ(it_.domain.map.lookup(SealedDomain::large.first).level, ept::Level::pt);

    SealedDomain whole;
    for (Gfn page = SealedDomain::large.first; page < SealedDomain::large.end(); page = page + 1)
        whole.sealed.tables.record.set(page, FrameKind::text);
    ASSERT_TRUE(whole.seal().ok());
    EXPECT_EQ(whole.access(SealedDomain::large.first), ept::Access::rx);
    EXPECT_EQ(whole.domain.map.lookup(SealedDomain::large.first).level, ept::Level::pd);
}

TEST_F(SealingTest, without_memory_to_split_everything_is_undone)
{
    record_.set(SealedDomain::large.first + 7, FrameKind::text);
    it_.domain.tables.allocations_left = 0;
    const auto done = it_.seal();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error(), Error::no_memory);
    EXPECT_TRUE(it_.all_is_as_before());
}

TEST_F(SealingTest, after_a_refusal_a_better_seal_succeeds)
{
    it_.sealed.entry(FakeSealed::pt, 5) = ~0ull;
    ASSERT_FALSE(it_.seal().ok());
    it_.sealed.entry(FakeSealed::pt, 5) = 0;
    for (const Gfn page : {Gfn{16}, Gfn{17}})
        record_.set(page, FrameKind::root);
    record_.set(FakeSealed::pt, FrameKind::pt);
    ASSERT_TRUE(it_.seal().ok());
    EXPECT_EQ(it_.access(FakeSealed::pt), ept::Access::r);
    EXPECT_EQ(it_.sealing.protected_frames, 3u);
}

TEST_F(SealingTest, one_call_looks_at_a_bounded_number_of_frames)
{
    std::uint64_t at = 0, calls = 0, seen = 0;
    for (std::uint64_t page = 1024; page < 1024 + 8 * 512; ++page)
        record_.set({page}, FrameKind::kernel);
    for (bool more = true; more; ++calls) {
        std::uint64_t in_this = 0;
        more = !for_each_declared(record_, at, [&](GfnRange run, FrameKind) -> Result<> {
                    in_this += run.count;
                    return {};
                }).take();
        EXPECT_LE(in_this, frames_at_once / cost_of_protection);
        seen += in_this;
    }
    EXPECT_EQ(seen, 8 * 512 + 5 + 2 + 1u);
    EXPECT_GT(calls, 8u);
}

} // namespace
} // namespace lintel::seal
