// SPDX-License-Identifier: Apache-2.0
// Frames that change their kind after the seal: what is in their way, what cannot come meanwhile, and that
// they are what they were if it comes to nothing.
#include "seal/journey.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "fakes/sealed_domain.hpp"

namespace lintel::seal {
namespace {

constexpr std::uint64_t data = 0x63 | 1ull << 63, text_bits = 0x21, user_bits = 0x25 | 1ull << 63;
constexpr Gfn pages{24};

class JourneyTest : public testing::Test {
protected:
    JourneyTest() { it_.seal().take(); }
    std::uint64_t& leaf(unsigned index) { return it_.sealed.entry(FakeSealed::pt, index); }
    Result<> check(std::uint64_t raw) { return it_.sealed.tables.check(raw, Level::pt); }
    Result<> begin(Trip trip, GfnRange range)
    {
        return begin_journey(it_.domain, it_.sealed.tables, journey_, trip, range);
    }
    // To the end of the search: none, or the entry in the way.
    std::optional<std::uint64_t> search()
    {
        for (;;) {
            auto done = search_some(it_.sealed.tables, it_.sealed, journey_, 100);
            if (!done.ok())
                return journey_.at;
            if (done.value())
                return std::nullopt;
        }
    }
    Result<> travel(Trip trip, GfnRange range)
    {
        TRY(begin(trip, range));
        if (search()) {
            turn_back(it_.domain, it_.sealed.tables, journey_);
            return Error::busy;
        }
        return arrive(it_.domain, it_.sealed.tables, journey_);
    }
    SealedDomain it_;
    Journey journey_;
};

TEST_F(JourneyTest, frames_that_no_leaf_writes_become_text)
{
    leaf(3) = pages.address() | (data & ~0x42ull); // readable
    ASSERT_TRUE(travel(Trip::make_text, {pages, 2}).ok());
    EXPECT_EQ(it_.kind(pages + 1), FrameKind::text);
    EXPECT_EQ(it_.access(pages), ept::Access::rx);
    EXPECT_TRUE(check(pages.address() | text_bits).ok());
    EXPECT_EQ(check(pages.address() | data).error(), Error::not_permitted);
}

TEST_F(JourneyTest, on_the_way_to_text_frames_are_neither_written_nor_executed)
{
    ASSERT_TRUE(begin(Trip::make_text, {pages, 1}).ok());
    EXPECT_EQ(check(pages.address() | data).error(), Error::not_permitted);
    EXPECT_EQ(check(pages.address() | text_bits).error(), Error::not_permitted);
    EXPECT_EQ(check(pages.address() | user_bits).error(), Error::not_permitted);
    EXPECT_TRUE(check(pages.address() | (data & ~0x42ull)).ok());
    EXPECT_EQ(it_.access(pages), ept::Access::rx);
    EXPECT_EQ(it_.domain.shootdowns, 2u); // the seal's, and this one's
}

TEST_F(JourneyTest, writable_and_user_leaves_are_in_the_way_of_text)
{
    for (const std::uint64_t bits : {data, user_bits}) {
        leaf(9) = (pages + 1).address() | bits;
        ASSERT_TRUE(begin(Trip::make_text, {pages, 2}).ok());
        EXPECT_EQ(search(), FakeSealed::at(FakeSealed::pt, 9));
        turn_back(it_.domain, it_.sealed.tables, journey_);
        EXPECT_EQ(it_.kind(pages), FrameKind::plain);
        EXPECT_EQ(it_.access(pages), ept::Access::rwx);
    }
    leaf(9) = (pages + 2).address() | data; // beside them
    EXPECT_TRUE(travel(Trip::make_text, {pages, 2}).ok());
}

TEST_F(JourneyTest, a_large_leaf_over_a_part_is_in_the_way)
{
    it_.sealed.entry(FakeSealed::pd, 4) = SealedDomain::large.first.address() | data | 0x80;
    EXPECT_EQ(travel(Trip::make_text, {SealedDomain::large.first + 9, 1}).error(), Error::busy);
    it_.sealed.entry(FakeSealed::pd, 4) = 0;
    EXPECT_TRUE(travel(Trip::make_text, {SealedDomain::large.first + 9, 1}).ok());
}

TEST_F(JourneyTest, text_that_nothing_executes_becomes_plain)
{
    leaf(3) = SealedDomain::text.address() | text_bits;
    ASSERT_TRUE(begin(Trip::drop_text, {SealedDomain::text, 2}).ok());
    EXPECT_EQ(search(), FakeSealed::at(FakeSealed::pt, 3));
    turn_back(it_.domain, it_.sealed.tables, journey_);
    EXPECT_EQ(it_.kind(SealedDomain::text), FrameKind::text);
    EXPECT_EQ(it_.access(SealedDomain::text), ept::Access::rx);
    leaf(3) = 0;
    ASSERT_TRUE(travel(Trip::drop_text, {SealedDomain::text, 2}).ok());
    EXPECT_EQ(it_.kind(SealedDomain::text), FrameKind::plain);
    EXPECT_EQ(it_.access(SealedDomain::text), ept::Access::rwx);
    EXPECT_EQ(check(SealedDomain::text.address() | text_bits).error(), Error::not_permitted);
}

TEST_F(JourneyTest, withdrawn_pages_are_writable_after_a_shootdown)
{
    donate(it_.domain, it_.sealed.tables, {pages, 2}).take();
    it_.domain.during_shootdown = [&] { EXPECT_EQ(it_.access(pages), ept::Access::r); };
    ASSERT_TRUE(travel(Trip::withdraw, {pages, 2}).ok());
    EXPECT_EQ(it_.kind(pages), FrameKind::plain);
    EXPECT_EQ(it_.access(pages), ept::Access::rwx);
}

TEST_F(JourneyTest, without_memory_to_split_pages_stay_tables)
{
    donate(it_.domain, it_.sealed.tables, SealedDomain::large).take();
    it_.domain.tables.allocations_left = 0;
    const GfnRange part{SealedDomain::large.first, 2};
    EXPECT_EQ(travel(Trip::withdraw, part).error(), Error::no_memory);
    EXPECT_EQ(it_.kind(part.first), FrameKind::donated);
    EXPECT_EQ(it_.access(part.first), ept::Access::r);
    EXPECT_EQ(journey_.trip, Trip::none);
    it_.domain.tables.allocations_left = 10;
    EXPECT_TRUE(travel(Trip::withdraw, part).ok());
    EXPECT_EQ(it_.access(part.first + 2), ept::Access::r);
}

TEST_F(JourneyTest, wrong_kinds_do_not_set_out)
{
    EXPECT_EQ(begin(Trip::make_text, {SealedDomain::kernel, 1}).error(), Error::busy);
    EXPECT_EQ(begin(Trip::make_text, {{100}, 1}).error(), Error::bad_address); // a hole
    EXPECT_EQ(it_.kind({100}), FrameKind::plain);
    EXPECT_EQ(begin(Trip::drop_text, {pages, 1}).error(), Error::bad_address);
    EXPECT_EQ(begin(Trip::withdraw, {pages, 1}).error(), Error::bad_address);
    lend_frame(it_.domain, pages).take();
    EXPECT_EQ(begin(Trip::make_text, {pages, 1}).error(), Error::busy);
    EXPECT_EQ(it_.kind(pages), FrameKind::plain);
    EXPECT_EQ(journey_.trip, Trip::none);
}

} // namespace
} // namespace lintel::seal
