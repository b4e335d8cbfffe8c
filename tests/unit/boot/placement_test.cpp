// SPDX-License-Identifier: Apache-2.0
// Places for boot modules: loading the kernel never overwrites what is still needed, wherever the
// boot loader has put things.
#include "boot/placement.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace lintel {
namespace {

constexpr std::uint64_t mib = 1 << 20;

class PlacementTest : public testing::Test {
protected:
    // A kernel at 2 .. 10 MiB with a second segment at 10 .. 12 MiB, in 64 MiB of dom0.
    PlacementTest()
    {
        dom0_.add({Mfn{0}, 64 * mib / page_size});
        EXPECT_TRUE(kernel_.segments.push_back({2 * mib, 8 * mib, {}}).ok());
        EXPECT_TRUE(kernel_.segments.push_back({10 * mib, 2 * mib, {}}).ok());
    }
    std::string_view place()
    {
        placement_ = {};
        return place_modules(dom0_, kernel_, file_, initrd_, placement_);
    }
    // Where things are in the end, and where they are copied from on the way.
    MfnRange initrd_at() const
    {
        return {placement_.initrd.value_or(initrd_.frames().first), initrd_.frames().count};
    }
    MfnRange file_at() const
    {
        return {placement_.kernel_file.value_or(file_.frames().first), file_.frames().count};
    }
    void expect_apart(const std::vector<MfnRange>& ranges)
    {
        for (std::size_t i = 0; i < ranges.size(); ++i)
            for (std::size_t j = i + 1; j < ranges.size(); ++j)
                EXPECT_FALSE(ranges[i].count != 0 && ranges[j].count != 0 &&
                             ranges[i].overlaps(ranges[j]))
                    << i << " and " << j;
    }
    void expect_sound()
    {
        std::vector<MfnRange> kept{
            initrd_at(), file_at(), {placement_.start_info, Placement::start_info_frames}};
        for (const KernelSegment& segment : kernel_.segments)
            kept.push_back(ByteRange{segment.physical, segment.end()}.frames());
        expect_apart(kept);
        // No copy goes to where any module still lies.
        if (placement_.initrd)
            expect_apart({initrd_at(), initrd_.frames(), file_.frames()});
        if (placement_.kernel_file)
            expect_apart({file_at(), initrd_.frames(), file_.frames()});
        EXPECT_TRUE(dom0_.contains({placement_.start_info, Placement::start_info_frames}));
        EXPECT_TRUE(initrd_.size() == 0 || dom0_.contains(initrd_at()));
        EXPECT_GE(placement_.start_info, Mfn::of(1 * mib));
    }

    FrameSet dom0_;
    KernelImage kernel_;
    ByteRange file_{20 * mib, 28 * mib}, initrd_{30 * mib, 34 * mib + 123};
    Placement placement_;
};

TEST_F(PlacementTest, modules_out_of_the_way_stay)
{
    EXPECT_EQ(place(), "");
    EXPECT_EQ(placement_.initrd, std::nullopt);
    EXPECT_EQ(placement_.kernel_file, std::nullopt);
    expect_sound();
}

TEST_F(PlacementTest, initrd_moves_whenever_it_overlaps_the_kernel_by_a_page)
{
    const ByteRange cases[] = {{1 * mib, 2 * mib + 1},           // its tail
                               {12 * mib - page_size, 13 * mib}, // its head
                               {4 * mib, 5 * mib},               // inside
                               {1 * mib, 13 * mib},              // around
                               {9 * mib, 11 * mib},              // both segments
                               {2 * mib, 10 * mib}};             // exactly
    for (const ByteRange& range : cases) {
        initrd_ = range;
        EXPECT_EQ(place(), "");
        EXPECT_NE(placement_.initrd, std::nullopt) << range.begin;
        expect_sound();
    }
}

TEST_F(PlacementTest, initrd_that_touches_the_kernel_stays)
{
    for (const ByteRange range : {ByteRange{1 * mib, 2 * mib}, ByteRange{12 * mib, 13 * mib}}) {
        initrd_ = range;
        EXPECT_EQ(place(), "");
        EXPECT_EQ(placement_.initrd, std::nullopt);
        expect_sound();
    }
}

TEST_F(PlacementTest, initrd_outside_of_dom0_or_off_a_page_moves_in)
{
    for (const ByteRange range : {ByteRange{100 * mib, 104 * mib}, ByteRange{62 * mib, 66 * mib},
                                  ByteRange{30 * mib + 1, 31 * mib}}) {
        initrd_ = range;
        EXPECT_EQ(place(), "");
        EXPECT_NE(placement_.initrd, std::nullopt);
        expect_sound();
    }
}

TEST_F(PlacementTest, kernel_file_moves_out_of_its_own_way)
{
    file_ = {3 * mib, 11 * mib};
    EXPECT_EQ(place(), "");
    EXPECT_NE(placement_.kernel_file, std::nullopt);
    expect_sound();
}

TEST_F(PlacementTest, kernel_file_outside_of_dom0_stays)
{
    file_ = {100 * mib, 108 * mib};
    EXPECT_EQ(place(), "");
    EXPECT_EQ(placement_.kernel_file, std::nullopt);
    expect_sound();
}

TEST_F(PlacementTest, no_initrd_needs_no_place)
{
    initrd_ = {0, 0};
    EXPECT_EQ(place(), "");
    EXPECT_EQ(placement_.initrd, std::nullopt);
    expect_sound();
}

// Linux keeps the initramfs's address in 32 bits and first sees 1 GiB.
TEST_F(PlacementTest, large_dom0_still_has_what_linux_reads_first_where_linux_reaches_it)
{
    constexpr std::uint64_t gib = 1024 * mib;
    dom0_.add({Mfn{0}, 8 * gib / page_size});
    initrd_ = {6 * gib, 6 * gib + 5 * mib};
    EXPECT_EQ(place(), "");
    expect_sound();
    ASSERT_NE(placement_.initrd, std::nullopt);
    EXPECT_LE(initrd_at().end(), Mfn::of(4 * gib));
    EXPECT_LE(placement_.start_info + Placement::start_info_frames, Mfn::of(1 * gib));
}

TEST_F(PlacementTest, initrd_across_4_gib_moves_below)
{
    constexpr std::uint64_t gib = 1024 * mib;
    dom0_.add({Mfn{0}, 8 * gib / page_size});
    initrd_ = {4 * gib - page_size, 4 * gib + 1};
    EXPECT_EQ(place(), "");
    EXPECT_NE(placement_.initrd, std::nullopt);
    initrd_.end = 4 * gib; // ends there: stays
    EXPECT_EQ(place(), "");
    EXPECT_EQ(placement_.initrd, std::nullopt);
}

TEST_F(PlacementTest, kernel_outside_of_dom0_is_refused_with_advice)
{
    dom0_.remove({Mfn::of(3 * mib), 1});
    EXPECT_NE(place().find("CONFIG_PHYSICAL_START"), std::string_view::npos);
}

TEST_F(PlacementTest, too_little_room_is_refused_with_advice)
{
    initrd_ = {100 * mib, 160 * mib};
    EXPECT_NE(place().find("dom0_mem"), std::string_view::npos);
    initrd_ = {30 * mib, 31 * mib};
    file_ = {1 * mib, 50 * mib}; // over the kernel, and too large to move
    EXPECT_NE(place().find("dom0_mem"), std::string_view::npos);
}

TEST_F(PlacementTest, modules_anywhere_are_placed_soundly_or_refused)
{
    std::mt19937_64 random{6};
    unsigned placed = 0;
    for (int round = 0; round < 5000; ++round) {
        const std::uint64_t initrd = random() % (80 * mib) / page_size * page_size;
        initrd_ = {initrd, initrd + random() % (16 * mib)};
        // Boot loaders put modules behind each other, never over each other.
        const std::uint64_t file = initrd_.frames().end().address() + random() % 4 * mib;
        file_ = {file, file + random() % (16 * mib)};
        if (random() % 2 == 0)
            std::swap(file_, initrd_);
        if (!place().empty())
            continue;
        ++placed;
        ASSERT_NO_FATAL_FAILURE(expect_sound()) << initrd_.begin << " " << file_.begin;
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(placed, 4000u);
}

} // namespace
} // namespace lintel
