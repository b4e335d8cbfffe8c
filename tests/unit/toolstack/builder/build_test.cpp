// SPDX-License-Identifier: Apache-2.0
// Guests as they are built: what lies where, and that a failure at any step leaves nothing behind.
#include "builder/build.hpp"

#include <csignal>
#include <cstring>

#include <gtest/gtest.h>

#include <lintel/block.h>
#include <lintel/device.h>
#include <lintel/status.h>

#include "builder/layout.hpp"
#include "domain/start_info.hpp"
#include "fakes/fake_machine.hpp"
#include "fakes/guest_files.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t gib = 1ull << 30;

class Build : public ::testing::Test {
protected:
    Build() : device_{machine_.open()}, control_{*device_}
    {
        std::signal(SIGIO, SIG_IGN);
        spec_ = {files_.kernel, files_.write("ramdisk", std::string(5000, 'r')),
                 "console=hvc0 quiet", 64 * mib, 2};
    }

    template <typename T>
    T read(std::uint64_t gpa)
    {
        T value;
        const auto bytes = machine_.read(machine_.only(), gpa, sizeof value);
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    std::string text(std::uint64_t gpa, std::size_t bytes)
    {
        const auto content = machine_.read(machine_.only(), gpa, bytes);
        return {reinterpret_cast<const char*>(content.data()), content.size()};
    }
    std::vector<StartInfoMemory> memory_map()
    {
        const auto info = read<StartInfoHeader>(start_info());
        std::vector<StartInfoMemory> map;
        for (std::uint32_t i = 0; i < info.memory_map_entries; ++i)
            map.push_back(read<StartInfoMemory>(info.memory_map + i * sizeof(StartInfoMemory)));
        return map;
    }
    std::uint64_t start_info() { return machine_.domains.at(machine_.only()).start->start_info; }
    std::string error() { return build_guest(control_, spec_).error().text; }

    FakeMachine machine_;
    std::unique_ptr<FakeDevice> device_;
    Control control_;
    GuestFiles files_;
    GuestSpec spec_;
};

TEST_F(Build, kernel_ramdisk_and_start_information_are_in_place)
{
    const auto built = build_guest(control_, spec_);
    ASSERT_TRUE(built.ok()) << built.error().text;
    const auto& domain = machine_.domains.at(static_cast<std::uint32_t>(built.value().domain));
    EXPECT_EQ(domain.start->entry, kernel_file::base + 4);
    EXPECT_EQ(read<std::uint8_t>(kernel_file::base + 31), 31);
    EXPECT_EQ(read<std::uint8_t>(kernel_file::base + 0x1000), 32);
    EXPECT_EQ(read<std::uint8_t>(kernel_file::base + 32), 0);

    const auto info = read<StartInfoHeader>(start_info());
    EXPECT_EQ(info.magic, 0x336ec578);
    EXPECT_EQ(text(info.command_line, 19), std::string("console=hvc0 quiet") + '\0');
    ASSERT_EQ(info.modules, 1);
    const auto module = read<StartInfoModule>(info.module_list);
    EXPECT_EQ(module.size, 5000);
    EXPECT_EQ(module.address % 4096, 0);
    EXPECT_EQ(text(module.address, 5000), std::string(5000, 'r'));
    EXPECT_EQ(domain.info.state, LINTEL_DOMAIN_PAUSED);
    EXPECT_EQ(domain.unpaused, 0);
    EXPECT_EQ(device_->mappings(), 0);
}

TEST_F(Build, memory_map_covers_all_ram_and_overlaps_nowhere)
{
    machine_.free_frames = 8 * gib / page_bytes;
    spec_.memory_bytes = 5 * gib;
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    std::uint64_t ram = 0;
    const auto map = memory_map();
    for (const auto& one : map) {
        ram += one.type == StartInfoMemory::ram || one.type == StartInfoMemory::acpi ? one.size : 0;
        EXPECT_EQ(one.address % 4096, 0);
        for (const auto& other : map)
            EXPECT_TRUE(&one == &other || one.address >= other.address + other.size ||
                        other.address >= one.address + one.size);
    }
    EXPECT_EQ(ram, 5 * gib);
    EXPECT_EQ(map.back().address, 4 * gib);
    EXPECT_EQ(map.back().size, 2 * gib);
    const auto& limits = machine_.domains.at(machine_.only()).limits;
    EXPECT_EQ(limits.foreign_gpa, 6 * gib);
    EXPECT_EQ(machine_.domains.at(machine_.only()).info.frames, limits.max_frames);
}

TEST_F(Build, foreign_window_has_room_for_the_pools_of_disks_and_for_later_ones)
{
    spec_.pool_pages = 5 * 257;
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    const auto& limits = machine_.domains.at(machine_.only()).limits;
    EXPECT_EQ(limits.foreign_frames, GuestLayout::spare_frames + 1536);
    EXPECT_EQ(limits.mappings, limits.foreign_frames);
}

TEST_F(Build, disk_is_described_and_its_slot_emptied_again)
{
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    auto* const memory = machine_.page(machine_.only(), GuestLayout::device_gpa(3), 1);
    const std::span page{memory, page_bytes};
    auto& device = *reinterpret_cast<lintel_device*>(memory);
    device.generation = 7;
    describe_disk(page, "fifteen-letters");
    EXPECT_EQ(device.device_class, LINTEL_DEVICE_BLOCK);
    EXPECT_EQ(device.version, LINTEL_BLOCK_VERSION);
    EXPECT_STREQ(device.name, "fifteen-letters");
    EXPECT_EQ(device.removed, 0);
    withdraw_device(page);
    EXPECT_EQ(device.removed, 1);
    clear_device(page);
    EXPECT_EQ(device.device_class, LINTEL_DEVICE_NONE);
    EXPECT_STREQ(device.name, "");
    EXPECT_EQ(device.removed, 0);
    EXPECT_EQ(device.generation, 7); // the next device there goes on from it
}

TEST_F(Build, small_guest_has_no_entry_above_4_gib)
{
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    for (const auto& entry : memory_map())
        EXPECT_LT(entry.address, 4 * gib);
    EXPECT_EQ(machine_.domains.at(machine_.only()).limits.foreign_gpa, 4 * gib);
}

TEST_F(Build, device_area_describes_the_console)
{
    const auto built = build_guest(control_, spec_);
    ASSERT_TRUE(built.ok());
    const auto directory = read<lintel_device_directory>(GuestLayout::devices_gpa);
    EXPECT_EQ(directory.magic, LINTEL_DEVICE_MAGIC);
    EXPECT_EQ(directory.slots, GuestLayout::device_pages - 1);
    EXPECT_EQ(directory.port, static_cast<std::uint32_t>(built.value().ports.directory));
    const auto console = read<lintel_device>(GuestLayout::devices_gpa + page_bytes);
    EXPECT_EQ(console.device_class, LINTEL_DEVICE_CONSOLE);
    EXPECT_EQ(console.ring_gpa, GuestLayout::console_gpa);
    EXPECT_EQ(console.port, static_cast<std::uint32_t>(built.value().ports.console));
    EXPECT_STREQ(console.name, "hvc0");
}

TEST_F(Build, guest_that_is_to_seal_is_made_for_it)
{
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    EXPECT_EQ(machine_.domains.at(machine_.only()).limits.flags, 0);
    EXPECT_EQ(machine_.domains.at(machine_.only()).limits.sealed_frames, 0);
    machine_.domains.erase(machine_.only());
    spec_.flags = LINTEL_DOMAIN_SEALED | LINTEL_DOMAIN_SEAL_OR_NESTED;
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    const auto& limits = machine_.domains.at(machine_.only()).limits;
    EXPECT_EQ(limits.flags, spec_.flags);
    EXPECT_EQ(limits.sealed_frames, 64 * mib / page_bytes);
}

TEST_F(Build, guest_that_cannot_seal_is_refused_with_the_way_out)
{
    spec_.flags = LINTEL_DOMAIN_SEALED;
    machine_.seals = false;
    EXPECT_EQ(error(), "page_tables: this processor cannot seal them; write SEALED_OR_NESTED");
    machine_.seals = true;
    machine_.free_frames = 8 * gib / page_bytes;
    spec_.memory_bytes = 3 * gib + mib;
    EXPECT_EQ(error(), "memory_mib: a guest with sealed page tables has at most 3072 MiB");
    EXPECT_EQ(machine_.domains.size(), 1); // dom0
}

TEST_F(Build, few_calls_are_enough)
{
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    EXPECT_LE(machine_.calls.size(), 8);
}

TEST_F(Build, guest_without_ramdisk_has_no_module)
{
    spec_.ramdisk.clear();
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    EXPECT_EQ(read<StartInfoHeader>(start_info()).modules, 0);
}

TEST_F(Build, wrong_files_are_refused_before_there_is_a_domain)
{
    spec_.kernel = files_.write("empty", std::string{});
    EXPECT_EQ(error(), spec_.kernel + ": the kernel is an empty file: check its path");
    spec_.kernel = files_.write("text", std::string(1000, 'x'));
    EXPECT_EQ(error(),
              spec_.kernel + ": the kernel is not an ELF file: use an uncompressed vmlinux");
    spec_.kernel = files_.path("missing");
    EXPECT_EQ(error(), spec_.kernel + ": No such file or directory");
    spec_.kernel = files_.kernel;
    spec_.ramdisk = files_.path("missing");
    EXPECT_EQ(error(), spec_.ramdisk + ": No such file or directory");
    EXPECT_TRUE(machine_.calls.empty());
}

TEST_F(Build, what_does_not_fit_is_refused_with_the_size_that_would)
{
    spec_.memory_bytes = 16 * mib; // the kernel lies at 16 MiB
    EXPECT_EQ(error(),
              spec_.kernel + ": does not fit into 16 MiB; give the guest at least memory_mib: 17");
    spec_.memory_bytes = 17 * mib;
    spec_.ramdisk = files_.write("ramdisk", std::string(16 * mib, 'r'));
    EXPECT_EQ(error(),
              spec_.ramdisk + ": does not fit into 17 MiB; give the guest at least memory_mib: 33");
    EXPECT_TRUE(machine_.calls.empty());
}

TEST_F(Build, too_long_command_line_leaves_nothing)
{
    spec_.command_line = std::string(4096, 'x');
    EXPECT_EQ(error(), "cmdline: is too long; shorten it");
    EXPECT_EQ(machine_.domains.size(), 1);
}

TEST_F(Build, too_little_memory_says_how_much_is_free_and_returns_it)
{
    machine_.free_frames = 32 * mib / page_bytes;
    machine_.destroy_calls = 3;
    EXPECT_EQ(error(), "memory_mib: 64 MiB wanted, 32 MiB free; end another guest or ask for less");
    EXPECT_EQ(machine_.free_frames, 32 * mib / page_bytes);
    EXPECT_EQ(machine_.domains.size(), 1);
}

TEST_F(Build, failure_of_any_call_leaves_nothing)
{
    const auto frames = machine_.free_frames;
    for (const auto call : {LINTEL_HC_domain_create, LINTEL_HC_domain_populate,
                            LINTEL_HC_event_alloc, LINTEL_HC_domain_start}) {
        machine_.fail[call] = LINTEL_EPERM;
        const auto built = build_guest(control_, spec_);
        ASSERT_FALSE(built.ok());
        EXPECT_EQ(built.error().code, EPERM);
        EXPECT_EQ(machine_.domains.size(), 1);
        EXPECT_EQ(machine_.free_frames, frames);
    }
}

TEST_F(Build, failure_of_any_mapping_leaves_nothing)
{
    const auto frames = machine_.free_frames;
    for (std::uint32_t n = 0; n < 5; ++n) {
        machine_.map_limit = n;
        EXPECT_FALSE(build_guest(control_, spec_).ok()) << n;
        EXPECT_EQ(machine_.domains.size(), 1);
        EXPECT_EQ(machine_.free_frames, frames);
        EXPECT_EQ(device_->mappings(), 0);
    }
    machine_.map_limit = 5; // two segments, ramdisk, start information, device area
    EXPECT_TRUE(build_guest(control_, spec_).ok());
}

TEST_F(Build, populate_may_do_a_piece_at_a_time)
{
    machine_.frames_per_call = 1000;
    ASSERT_TRUE(build_guest(control_, spec_).ok());
    EXPECT_EQ(machine_.domains.at(machine_.only()).info.frames,
              GuestLayout{spec_.memory_bytes}.frames());
}

} // namespace
} // namespace lintel
