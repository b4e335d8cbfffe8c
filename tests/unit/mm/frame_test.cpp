// SPDX-License-Identifier: Apache-2.0
// Frame numbers, ranges and rounding.
#include "mm/frame.hpp"

#include <type_traits>

#include <gtest/gtest.h>

namespace lintel {
namespace {

static_assert(!std::is_convertible_v<Mfn, Gfn> && !std::is_convertible_v<Gfn, Mfn>);
static_assert(!std::is_convertible_v<std::uint64_t, Mfn>);

TEST(Frame, address_and_number_convert_both_ways)
{
    EXPECT_EQ(Mfn::of(0x5fff), Mfn{5});
    EXPECT_EQ(Mfn{5}.address(), 0x5000u);
    EXPECT_EQ(Mfn{7} - Mfn{5}, 2u);
}

TEST(FrameRange, end_is_the_first_frame_beyond_it)
{
    constexpr MfnRange range{Mfn{4}, 3};
    EXPECT_EQ(range.end(), Mfn{7});
    EXPECT_FALSE(range.contains(Mfn{3}));
    EXPECT_TRUE(range.contains(Mfn{4}));
    EXPECT_TRUE(range.contains(Mfn{6}));
    EXPECT_FALSE(range.contains(Mfn{7}));
}

TEST(FrameRange, neighbours_do_not_overlap)
{
    constexpr MfnRange range{Mfn{4}, 3};
    EXPECT_FALSE(range.overlaps({Mfn{2}, 2}));
    EXPECT_FALSE(range.overlaps({Mfn{7}, 1}));
    EXPECT_TRUE(range.overlaps({Mfn{2}, 3}));
    EXPECT_TRUE(range.overlaps({Mfn{6}, 9}));
    EXPECT_TRUE(range.overlaps({Mfn{0}, 99}));
}

TEST(PagesFor, rounds_up_and_does_not_wrap_at_the_end_of_the_address_space)
{
    EXPECT_EQ(pages_for(0), 0u);
    EXPECT_EQ(pages_for(1), 1u);
    EXPECT_EQ(pages_for(page_size), 1u);
    EXPECT_EQ(pages_for(page_size + 1), 2u);
    EXPECT_EQ(pages_for(~0ull), 1ull << 52);
}

} // namespace
} // namespace lintel
