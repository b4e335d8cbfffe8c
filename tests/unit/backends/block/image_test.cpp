// SPDX-License-Identifier: Apache-2.0
// What an image is found to be, by block devices made for it.
#include "block/image.hpp"

#include <gtest/gtest.h>

#include "fakes/loop_device.hpp"

namespace lintel::block {
namespace {

constexpr std::size_t device_bytes = 4 << 20;

bool erases(const std::string& path, bool read_only = false)
{
    const auto image = Image::open({.path = path, .read_only = read_only});
    EXPECT_TRUE(image.ok()) << image.error().text;
    return image.ok() && image.value().erases;
}

TEST(BlockImage, device_that_zeroes_without_writing_erases)
{
    const LoopDevice device{device_bytes, true};
    if (!device.why.empty())
        GTEST_SKIP() << device.why;
    EXPECT_TRUE(erases(device.path));
    EXPECT_FALSE(erases(device.path, true)) << "it is not written";
}

TEST(BlockImage, device_that_would_have_to_write_zeros_does_not)
{
    const LoopDevice device{device_bytes, false};
    if (!device.why.empty())
        GTEST_SKIP() << device.why;
    EXPECT_FALSE(erases(device.path));
}

TEST(BlockImage, partition_is_as_its_disk)
{
    for (const bool with_holes : {true, false}) {
        LoopDevice device{device_bytes, with_holes};
        if (!device.why.empty() || !device.divide(1 << 20, 1 << 20))
            GTEST_SKIP() << device.why;
        EXPECT_EQ(erases(device.partition), with_holes);
        const auto image = Image::open({.path = device.partition});
        EXPECT_TRUE(image.ok() && image.value().bytes == 1 << 20);
    }
}

TEST(BlockImage, file_erases_where_it_can_have_holes)
{
    for (const bool with_holes : {true, false}) {
        const UniqueFd file = memory_file(device_bytes, with_holes);
        if (!file)
            GTEST_SKIP() << "no ramfs here: " << std::strerror(errno);
        const auto path = "/proc/self/fd/" + std::to_string(file.get());
        EXPECT_EQ(erases(path), with_holes);
        struct stat is {};
        EXPECT_EQ(::fstat(file.get(), &is), 0);
        EXPECT_EQ(static_cast<std::size_t>(is.st_size), device_bytes) << "nothing changes";
    }
}

} // namespace
} // namespace lintel::block
