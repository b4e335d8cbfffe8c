// SPDX-License-Identifier: Apache-2.0
// Images that fill up, are cut short, and may only be read, below a backend that runs.
#include "block/backend.hpp"

#include "fakes/block_backend.hpp"

namespace lintel::block {
namespace {

TEST_F(BlockBackend, discard_and_zeroes_free_space_or_keep_it)
{
    start_connected();
    if ((guest_->offer().features & LINTEL_BLOCK_FEATURE_DISCARD) == 0)
        GTEST_SKIP() << "the file system of /var/tmp cannot punch holes";
    const auto blocks = [&] {
        struct stat is {};
        ::fstat(image_.fd.get(), &is);
        return is.st_blocks;
    };
    const auto before = blocks();
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_ZEROES, 0, 1 << 20, LINTEL_BLOCK_KEEP)), done);
    EXPECT_EQ(image_.read(0, 1 << 20), std::string(1 << 20, 0));
    EXPECT_EQ(blocks(), before);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_ZEROES, 1 << 20, 1 << 20)), done);
    EXPECT_EQ(image_.read(1 << 20, 1 << 20), std::string(1 << 20, 0));
    EXPECT_LE(blocks(), before - (1 << 20) / 512);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_DISCARD, 2 << 20, 1 << 20)), done);
    EXPECT_LE(blocks(), before - (2 << 20) / 512);
    EXPECT_EQ(image_.read(3 << 20, 1)[0], TemporaryImage::pattern(3 << 20));
    struct stat is {};
    ::fstat(image_.fd.get(), &is);
    EXPECT_EQ(static_cast<std::size_t>(is.st_size), disk_bytes);
}

TEST_F(BlockBackend, read_only_image_is_not_written)
{
    start_connected(
        {.image = {.path = image_.path, .read_only = true}, .shape = {}, .throttle = {}});
    EXPECT_EQ(guest_->config().flags, LINTEL_BLOCK_READ_ONLY);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 0, 4096)), LINTEL_BLOCK_WRITE_DENIED);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_ZEROES, 0, 4096)), LINTEL_BLOCK_WRITE_DENIED);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_FLUSH, 0, 0)), done);
    EXPECT_EQ(image_.read(0, 1)[0], TemporaryImage::pattern(0));
}

TEST_F(BlockBackend, image_truncated_under_the_guest_is_an_error_of_what_is_gone)
{
    start_connected();
    ASSERT_EQ(::ftruncate(image_.fd.get(), 1 << 20), 0);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 0, 4096)), done);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 2 << 20, 4096)), LINTEL_BLOCK_ERROR);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, (1 << 20) - 4096, 8192)),
              LINTEL_BLOCK_ERROR);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 2 << 20, 4096)), done)
        << "it grows again";
}

TEST_F(BlockBackend, full_file_system_is_no_space)
{
    // A file that may not grow beyond 1 MiB stands for a medium that is full: the kernel says
    // EFBIG.
    rlimit before;
    ::getrlimit(RLIMIT_FSIZE, &before);
    ASSERT_EQ(::ftruncate(image_.fd.get(), 1 << 20), 0);
    ASSERT_EQ(::ftruncate(image_.fd.get(), disk_bytes), 0);
    start_connected();
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 2 << 20, 4096)), LINTEL_BLOCK_NO_SPACE);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_READ, 2 << 20, 4096)), done);
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(guest_->perform(request(LINTEL_BLOCK_WRITE, 2 << 20, 4096)), done);
}

} // namespace
} // namespace lintel::block
