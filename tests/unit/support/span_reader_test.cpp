// SPDX-License-Identifier: Apache-2.0
// Bounded reads: everything up to the last byte, nothing beyond, whatever the offset.
#include "support/span_reader.hpp"

#include <gtest/gtest.h>

#include "fakes/byte_builder.hpp"

namespace lintel {
namespace {

// Five bytes in an allocation of five.
ExactBytes five()
{
    ByteBuilder bytes;
    for (std::uint8_t value = 1; value <= 5; ++value)
        bytes.add(value);
    return ExactBytes{bytes.bytes()};
}

TEST(SpanReader, reads_unaligned_up_to_the_last_byte)
{
    const ExactBytes bytes = five();
    EXPECT_EQ(read_at<std::uint32_t>(bytes.get(), 0).take(), 0x0403'0201u);
    EXPECT_EQ(read_at<std::uint32_t>(bytes.get(), 1).take(), 0x0504'0302u);
    EXPECT_EQ(read_at<std::uint8_t>(bytes.get(), 4).take(), 5);
}

TEST(SpanReader, read_that_does_not_fit_is_an_error)
{
    const ExactBytes bytes = five();
    for (const std::uint64_t offset : {2ull, 5ull, 6ull, ~0ull, ~0ull - 3})
        EXPECT_EQ(read_at<std::uint32_t>(bytes.get(), offset).error(), Error::bad_argument);
}

TEST(SpanReader, slice_may_end_at_the_end_and_may_be_empty)
{
    const ExactBytes bytes = five();
    EXPECT_EQ(slice(bytes.get(), 2, 3).take().size(), 3u);
    EXPECT_EQ(slice(bytes.get(), 5, 0).take().size(), 0u);
}

TEST(SpanReader, slice_beyond_the_end_is_an_error)
{
    const ExactBytes bytes = five();
    EXPECT_FALSE(slice(bytes.get(), 2, 4).ok());
    EXPECT_FALSE(slice(bytes.get(), 6, 0).ok());
    EXPECT_FALSE(slice(bytes.get(), 1, ~0ull).ok()); // offset + size wraps
    EXPECT_FALSE(slice(bytes.get(), ~0ull, 1).ok());
}

} // namespace
} // namespace lintel
