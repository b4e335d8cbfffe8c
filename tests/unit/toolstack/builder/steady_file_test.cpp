// SPDX-License-Identifier: Apache-2.0
#include "builder/steady_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

#include "fakes/guest_files.hpp"

namespace lintel {
namespace {

class SteadyFileTest : public ::testing::Test {
protected:
    void SetUp() override { std::signal(SIGIO, SIG_IGN); }

    GuestFiles files_;
};

TEST_F(SteadyFileTest, content_is_there)
{
    const auto path = files_.write("file", std::string{"content"});
    const auto file = SteadyFile::open(path, 100);
    ASSERT_TRUE(file.ok());
    const auto bytes = file.value().bytes();
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "content");
}

TEST_F(SteadyFileTest, empty_file_is_empty)
{
    const auto file = SteadyFile::open(files_.write("file", std::string{}), 100);
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE(file.value().bytes().empty());
}

TEST_F(SteadyFileTest, nobody_cuts_it_short_while_it_is_open)
{
    const auto path = files_.write("file", std::string(10000, 'x'));
    {
        const auto file = SteadyFile::open(path, 1 << 20);
        ASSERT_TRUE(file.ok());
        const UniqueFd writer{::open(path.c_str(), O_WRONLY | O_TRUNC | O_NONBLOCK)};
        EXPECT_FALSE(writer);
        EXPECT_EQ(errno, EWOULDBLOCK);
        EXPECT_EQ(file.value().bytes()[9999], std::byte{'x'}); // else a SIGBUS ends the test
    }
    EXPECT_TRUE(UniqueFd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_NONBLOCK)));
}

TEST_F(SteadyFileTest, file_that_is_being_written_is_refused)
{
    const auto path = files_.write("file", std::string{"half"});
    const UniqueFd writer{::open(path.c_str(), O_WRONLY)};
    const auto file = SteadyFile::open(path, 100);
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().text, path + ": is being written; try again when that is done");
}

TEST_F(SteadyFileTest, pipes_folders_and_giants_are_refused_at_once)
{
    const auto pipe = files_.path("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_FALSE(SteadyFile::open(pipe, 100).ok());
    EXPECT_FALSE(SteadyFile::open(files_.folder(), 100).ok());
    EXPECT_EQ(SteadyFile::open(files_.write("file", std::string(101, 'x')), 100).error().code,
              EFBIG);
    EXPECT_EQ(SteadyFile::open("/nowhere", 100).error().text,
              "/nowhere: No such file or directory");
}

// /proc has no leases: the way without them.
TEST_F(SteadyFileTest, file_without_leases_is_no_trap)
{
    const auto file = SteadyFile::open("/proc/self/status", 1 << 20);
    EXPECT_TRUE(!file.ok() || file.value().bytes().empty()); // such files claim to be empty
}

} // namespace
} // namespace lintel
