// SPDX-License-Identifier: Apache-2.0
// The PVH start information, read back the way a kernel does: by the addresses in it.
#include "domain/start_info.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/byte_builder.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t address = 0x7000;

class StartInfoTest : public testing::Test {
protected:
    StartInfoTest() { info_.command_line = "console=hvc0 root=/dev/vda"; }
    // Room of exactly `size` bytes, dirty, so that missing zeros show.
    Result<> write(std::size_t size, unsigned memory_entries = 0)
    {
        out_ = std::make_unique<std::byte[]>(size);
        std::fill_n(out_.get(), size, std::byte{0xaa});
        size_ = size;
        StartInfoWriter writer{{out_.get(), size}, address};
        TRY(writer.begin(info_));
        for (unsigned i = 0; i < memory_entries; ++i)
            TRY(writer.add_memory({i * 0x1000ull, 0x1000, StartInfoMemory::ram}));
        return {};
    }
    template <typename T>
    T at(std::uint64_t where, std::size_t index = 0)
    {
        EXPECT_EQ(where % alignof(T), 0u);
        return read_at<T>({out_.get(), size_}, where - address + index * sizeof(T)).take();
    }
    StartInfoHeader header() { return at<StartInfoHeader>(address); }
    std::string text(std::uint64_t where)
    {
        return reinterpret_cast<const char*>(out_.get() + (where - address));
    }
    StartInfo info_;
    std::unique_ptr<std::byte[]> out_;
    std::size_t size_ = 0;
};

TEST_F(StartInfoTest, smallest_one_has_a_header_and_a_command_line)
{
    ASSERT_TRUE(write(4096).ok());
    EXPECT_EQ(header().magic, 0x336ec578u);
    EXPECT_EQ(header().version, 1u);
    EXPECT_EQ(header().flags, 0u);
    EXPECT_EQ(header().modules, 0u);
    EXPECT_EQ(header().module_list, 0u);
    EXPECT_EQ(header().rsdp, 0u);
    EXPECT_EQ(header().memory_map_entries, 0u);
    EXPECT_EQ(text(header().command_line), info_.command_line);
}

TEST_F(StartInfoTest, initrd_is_the_only_module)
{
    info_.initrd = 0x12'3000;
    info_.initrd_size = 12345;
    ASSERT_TRUE(write(4096).ok());
    EXPECT_EQ(header().modules, 1u);
    const auto module = at<StartInfoModule>(header().module_list);
    EXPECT_EQ(module.address, info_.initrd);
    EXPECT_EQ(module.size, info_.initrd_size);
    EXPECT_EQ(module.command_line, 0u);
    EXPECT_EQ(text(header().command_line), info_.command_line);
}

TEST_F(StartInfoTest, rsdp_is_copied_and_aligned)
{
    ByteBuilder rsdp;
    rsdp.add_text("RSD PTR ").zeros(28);
    info_.rsdp = rsdp.bytes();
    ASSERT_TRUE(write(4096).ok());
    EXPECT_EQ(header().rsdp % 8, 0u);
    EXPECT_EQ(text(header().rsdp), "RSD PTR ");
}

TEST_F(StartInfoTest, memory_map_follows_in_order)
{
    ASSERT_TRUE(write(4096, 3).ok());
    EXPECT_EQ(header().memory_map_entries, 3u);
    for (std::uint64_t i = 0; i < 3; ++i) {
        const auto entry = at<StartInfoMemory>(header().memory_map, i);
        EXPECT_EQ(entry.address, i * 0x1000);
        EXPECT_EQ(entry.size, 0x1000u);
        EXPECT_EQ(entry.type, StartInfoMemory::ram);
        EXPECT_EQ(entry.padding, 0u);
    }
}

TEST_F(StartInfoTest, command_lines_of_all_lengths_keep_everything_aligned)
{
    std::string line;
    for (int length = 0; length < 20; ++length, line += 'x') {
        info_.command_line = line;
        ASSERT_TRUE(write(4096, 1).ok());
        EXPECT_EQ(text(header().command_line), line);
        EXPECT_EQ(at<StartInfoMemory>(header().memory_map).size, 0x1000u);
    }
}

TEST_F(StartInfoTest, too_little_room_is_an_error_at_every_size)
{
    ByteBuilder rsdp;
    rsdp.zeros(36);
    info_.rsdp = rsdp.bytes();
    info_.initrd_size = 1;
    ASSERT_TRUE(write(4096, 2).ok());
    const std::size_t needed =
        header().memory_map - address + 2 * sizeof(StartInfoMemory); // nothing comes after it
    for (std::size_t size = 0; size < needed; ++size)
        EXPECT_EQ(write(size, 2).error(), Error::limit_reached) << size;
    EXPECT_TRUE(write(needed, 2).ok());
}

} // namespace
} // namespace lintel
