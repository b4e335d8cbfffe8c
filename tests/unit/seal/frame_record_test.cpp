// SPDX-License-Identifier: Apache-2.0
// What the record says of the frames of small, large and huge leaves.
#include "seal/frame_record.hpp"

#include <random>

#include <gtest/gtest.h>

#include "fakes/fake_sealed.hpp"

namespace lintel::seal {
namespace {

class FrameRecordTest : public testing::Test {
protected:
    FakeSealed domain_;
    FrameRecord& record_ = domain_.tables.record;

    Content content(Gfn first, Level level) { return record_.content(first, level).take(); }
};

TEST_F(FrameRecordTest, one_supervisor_frame_counts_for_every_leaf_around_it)
{
    EXPECT_FALSE(content({1024}, Level::pd).supervisor);
    record_.set({1500}, FrameKind::kernel);
    EXPECT_TRUE(content({1500}, Level::pt).supervisor);
    EXPECT_FALSE(content({1501}, Level::pt).supervisor);
    EXPECT_TRUE(content({1024}, Level::pd).supervisor);
    EXPECT_FALSE(content({1536}, Level::pd).supervisor);
    EXPECT_TRUE(content({0}, Level::pdpt).supervisor);
    record_.set({1500}, FrameKind::plain);
    EXPECT_FALSE(content({1024}, Level::pd).supervisor);
}

TEST_F(FrameRecordTest, a_large_leaf_is_text_only_when_all_of_it_is)
{
    for (std::uint64_t frame = 2048; frame < 2048 + 512; ++frame) {
        EXPECT_TRUE(content({2048}, Level::pd).other);
        record_.set({frame}, FrameKind::text);
        EXPECT_TRUE(content({2048}, Level::pd).fixed);
    }
    EXPECT_FALSE(content({2048}, Level::pd).other);
    EXPECT_TRUE(content({0}, Level::pdpt).other);
    record_.set({2300}, FrameKind::kernel);
    EXPECT_TRUE(content({2048}, Level::pd).other);
}

TEST_F(FrameRecordTest, a_leaf_has_to_lie_whole_in_one_part_of_the_space)
{
    constexpr Gfn last{FakeSealed::ram_frames - 1}, large{(1 << 18) + 512};
    EXPECT_TRUE(record_.content(last, Level::pt).ok());
    EXPECT_TRUE(record_.content({1 << 18}, Level::pd).ok());
    for (const auto& [first, level] : {std::pair{last + 1, Level::pt}, {large, Level::pd},
                                      {{1 << 18}, Level::pdpt}, {{(1ull << 40) - 1}, Level::pt},
                                      {{(1ull << 40) - 512}, Level::pd}})
        EXPECT_EQ(record_.content(first, level).error(), Error::bad_address);
    EXPECT_TRUE(record_.content(FakeSealed::foreign.first, Level::pdpt).ok());
}

TEST_F(FrameRecordTest, shared_pages_are_the_supervisors_and_foreign_ones_anyones)
{
    EXPECT_TRUE(content(FakeSealed::shared.first, Level::pd).supervisor);
    const Content foreign = content(FakeSealed::foreign.first, Level::pt);
    EXPECT_TRUE(!foreign.supervisor && !foreign.fixed && foreign.other);
}

TEST_F(FrameRecordTest, random_changes_leave_the_sums_that_counting_gives)
{
    std::mt19937 random{1};
    constexpr std::uint64_t first = 4096;
    for (unsigned step = 0; step < 4000; ++step) {
        record_.set({first + random() % 512}, static_cast<FrameKind>(random() % 10));
        Content counted;
        for (std::uint64_t frame = first; frame < first + 512; ++frame) {
            const Content one = content({frame}, Level::pt);
            counted.supervisor |= one.supervisor;
            counted.fixed |= one.fixed;
            counted.other |= one.other;
        }
        const Content summed = content({first}, Level::pd);
        ASSERT_EQ(summed.supervisor, counted.supervisor);
        ASSERT_EQ(summed.fixed, counted.fixed);
        ASSERT_EQ(summed.other, counted.other);
    }
}

} // namespace
} // namespace lintel::seal
