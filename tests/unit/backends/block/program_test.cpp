// SPDX-License-Identifier: Apache-2.0
// lintel-block as a process of its own: what it may still do, what it says, how it ends.
#include <cstring>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/file.h>

#include "block/offer.hpp"
#include "fakes/block_process.hpp"
#include "fakes/running_disk.hpp"
#include "fakes/uring_refusal.hpp"

namespace lintel::block {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t ram_bytes = 1 << 20;

class BlockProgram : public testing::Test {
protected:
    void SetUp() override
    {
        if (const auto why = uring_refusal(); !why.empty())
            GTEST_SKIP() << why;
    }
    BlockProcess start(std::vector<std::string> words, const Shape& shape = {})
    {
        return {LINTEL_BLOCK_PROGRAM, std::move(words), ram_bytes, shape.pool_bytes(), said_.get()};
    }
    std::string said() const
    {
        std::string text(4096, 0);
        const ssize_t bytes = ::pread(said_.get(), text.data(), text.size(), 0);
        text.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
        return text;
    }
    static std::string status_of(pid_t pid, const std::string& field)
    {
        std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
        for (std::string line; std::getline(file, line);)
            if (line.starts_with(field + ":\t"))
                return line.substr(field.size() + 2);
        return "none";
    }
    static std::uint32_t read_sector(client::BlockGuest& guest)
    {
        lintel_block_request slot{};
        slot.bytes = 4096;
        return guest.perform(slot).value_or(~0u);
    }

    TemporaryImage image_{1 << 20};
    UniqueFd said_{::memfd_create("said", 0)};
};

TEST_F(BlockProgram, serves_without_any_privilege)
{
    auto process = start({image_.path});
    client::BlockGuest guest{process.files};
    ASSERT_TRUE(guest.connect(1, 5, 20s)) << said();
    EXPECT_EQ(read_sector(guest), LINTEL_BLOCK_DONE);
    EXPECT_EQ(std::memcmp(guest.pool(0).data(), image_.read(0, 4096).data(), 4096), 0);
    for (const auto* const set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
        EXPECT_EQ(status_of(process.pid, set), "0000000000000000") << set;
    EXPECT_EQ(status_of(process.pid, "NoNewPrivs"), "1");
    EXPECT_EQ(status_of(process.pid, "Seccomp"), "2");
    if (::geteuid() == 0) {
        EXPECT_EQ(status_of(process.pid, "Uid"), "65534\t65534\t65534\t65534");
        EXPECT_EQ(status_of(process.pid, "Gid"), "65534\t65534\t65534\t65534");
        EXPECT_EQ(status_of(process.pid, "CapBnd"), "0000000000000000");
    }
}

TEST_F(BlockProgram, tells_statistics_and_ends_when_it_is_told_to)
{
    auto process = start({image_.path});
    client::BlockGuest guest{process.files};
    ASSERT_TRUE(guest.connect(1, 5, 20s)) << said();
    EXPECT_EQ(read_sector(guest), LINTEL_BLOCK_DONE);
    ::kill(process.pid, SIGUSR1);
    EXPECT_TRUE(guest.await([&] { return said().find('\n') != std::string::npos; }, 10s));
    EXPECT_TRUE(said().starts_with(R"({"read":{"requests":1,"bytes":4096,"errors":0,)")) << said();
    ::kill(process.pid, SIGTERM);
    EXPECT_EQ(process.wait(), 0);
    EXPECT_EQ(guest.page().state(client::Side::backend), client::DeviceState::absent);
}

TEST_F(BlockProgram, what_cannot_begin_says_why)
{
    const auto fails = [&](std::vector<std::string> words, std::string_view why) {
        ASSERT_EQ(::ftruncate(said_.get(), 0), 0);
        ::lseek(said_.get(), 0, SEEK_SET);
        auto process = start(std::move(words));
        EXPECT_NE(process.wait(), 0);
        EXPECT_NE(said().find(why), std::string::npos) << said();
    };
    fails({"/nonexistent"}, "No such file");
    fails({"/dev/null"}, "neither a file nor a block device");
    fails({image_.path, "--queues=16"}, "the pool is smaller");
    fails({image_.path, "--queues=17"}, "--queues");
    fails({image_.path, "--sector=1024"}, "--sector");
    fails({image_.path, "--domain=1"}, "--dom0");
    fails({image_.path, "--domain=1", "--dom0=3,0,3,3,3"}, "--loopback");
    const UniqueFd locked{::open(image_.path.c_str(), O_RDONLY)};
    ASSERT_EQ(::flock(locked.get(), LOCK_EX), 0);
    fails({image_.path}, "in use by another disk");
    ASSERT_EQ(::flock(locked.get(), LOCK_UN), 0);
    ASSERT_EQ(::ftruncate(image_.fd.get(), 1000), 0);
    fails({image_.path}, "no multiple");
}

TEST_F(BlockProgram, is_replaced_after_it_was_killed)
{
    auto first = start({image_.path});
    client::BlockGuest guest{first.files};
    ASSERT_TRUE(guest.connect(1, 5, 20s)) << said();
    EXPECT_EQ(read_sector(guest), LINTEL_BLOCK_DONE);
    const std::uint32_t generation = guest.offer().generation;
    ::kill(first.pid, SIGKILL);
    first.wait();
    // The toolstack's part.
    guest.page().set_state(client::Side::backend, client::DeviceState::absent);
    BlockProcess second{LINTEL_BLOCK_PROGRAM, {image_.path}, std::move(first.files), said_.get()};
    ASSERT_TRUE(guest.connect(1, 5, 20s)) << said();
    EXPECT_EQ(guest.offer().generation, generation + 1);
    EXPECT_EQ(read_sector(guest), LINTEL_BLOCK_DONE);
}

TEST_F(BlockProgram, sees_a_state_that_nobody_told_it_of)
{
    auto process = start({image_.path});
    client::BlockGuest guest{process.files};
    ASSERT_TRUE(guest.connect(1, 5, 20s)) << said();
    EXPECT_EQ(read_sector(guest), LINTEL_BLOCK_DONE);
    ::usleep(200'000); // it sleeps by now
    guest.page().set_state(client::Side::frontend, client::DeviceState::closing);
    EXPECT_TRUE(guest.await(
        [&] { return guest.page().state(client::Side::backend) != client::DeviceState::connected; },
        10s));
}

TEST_F(BlockProgram, carries_out_more_requests_at_a_time_than_a_portion_has)
{
    auto process = start({image_.path});
    client::BlockGuest guest{process.files};
    ASSERT_TRUE(guest.connect(1, 6, 20s)) << said();
    auto& queue = guest.queue(0);
    constexpr std::uint32_t requests = 64;
    for (int round = 0; round < 3; round++) { // what kind of disk it is, is known after the first
        for (std::uint32_t i = 0; i < requests; i++) {
            lintel_block_request slot{};
            slot.offset = (i * 7 % requests) * 4096;
            slot.bytes = 4096;
            slot.place = i * 4096;
            ASSERT_TRUE(queue.submit(slot));
        }
        queue.publish();
        std::uint32_t done = 0;
        EXPECT_TRUE(guest.await(
            [&] {
                while (const auto completion = queue.take())
                    done += completion->status == LINTEL_BLOCK_DONE ? 1 : 0;
                return queue.await() != client::Step::done && done == requests;
            },
            20s))
            << done;
        for (std::uint32_t i = 0; i < requests; i++)
            EXPECT_EQ(std::memcmp(guest.pool(0).data() + i * 4096,
                                  image_.read((i * 7 % requests) * 4096, 4096).data(), 4096),
                      0);
        std::memset(guest.pool(0).data(), 0, requests * 4096);
    }
}

TEST_F(BlockProgram, manual_has_every_option)
{
    const std::string help = std::string{LINTEL_BLOCK_PROGRAM} + " --help";
    std::ifstream file{LINTEL_BLOCK_MANUAL};
    const std::string manual{std::istreambuf_iterator<char>{file}, {}};
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe{::popen(help.c_str(), "r"), ::pclose};
    unsigned options = 0;
    for (char line[256]; std::fgets(line, sizeof line, pipe.get()) != nullptr;) {
        const std::string_view text{line};
        if (!text.starts_with("  --"))
            continue;
        const std::string name{text.substr(4, text.find_first_of(" \n", 4) - 4)};
        EXPECT_NE(manual.find(".It Fl -" + name), std::string::npos) << name;
        options++;
    }
    EXPECT_EQ(options, 17u);
}

} // namespace
} // namespace lintel::block
