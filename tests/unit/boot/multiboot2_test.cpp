// SPDX-License-Identifier: Apache-2.0
// Multiboot2 information: what a loader passes, and every way it can be damaged.
#include "boot/multiboot2.hpp"

#include <array>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include "fakes/multiboot2_builder.hpp"

namespace lintel::multiboot2 {
namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

Error error_of(const ByteBuilder& bytes)
{
    return parse(bytes.bytes()).error();
}

TEST(Multiboot2, structure_with_only_an_end_tag_is_empty)
{
    const auto bytes = Information{}.finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    EXPECT_TRUE(info.value().command_line.empty());
    EXPECT_TRUE(info.value().memory.empty());
    EXPECT_TRUE(info.value().modules.empty());
    EXPECT_FALSE(info.value().rsdp.has_value());
}

TEST(Multiboot2, everything_a_loader_passes_is_found)
{
    auto map = one_range(0, 0x9f000, 1);
    add_range(map, 0x100000, 0x7ff00000, 1);
    add_range(map, 0xfec00000, 0x1000, 2);
    const auto bytes = Information{}
                           .command_line("log=com1 x")
                           .tag(6, map)
                           .module(0x1000000, 0x1800000, "vmlinux console=hvc0")
                           .module(0x2000000, 0x2000001, "")
                           .finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info.value().command_line, "log=com1 x");
    ASSERT_EQ(info.value().memory.size(), 3u);
    EXPECT_EQ(info.value().memory[1].base, 0x100000u);
    EXPECT_EQ(info.value().memory[1].end(), 0x80000000u);
    EXPECT_EQ(info.value().memory[2].type, MemoryType::reserved);
    ASSERT_EQ(info.value().modules.size(), 2u);
    EXPECT_EQ(info.value().modules[0].start, 0x1000000u);
    EXPECT_EQ(info.value().modules[0].size(), 0x800000u);
    EXPECT_EQ(info.value().modules[0].string, "vmlinux console=hvc0");
    EXPECT_EQ(info.value().modules[1].string, "");
}

TEST(Multiboot2, unknown_tags_are_skipped)
{
    const auto bytes = Information{}.tag(77, ByteBuilder{}.zeros(13)).command_line("seen").finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info.value().command_line, "seen");
}

TEST(Multiboot2, bytes_after_the_total_size_are_ignored)
{
    auto bytes = Information{}.finish();
    bytes.zeros(100);
    EXPECT_TRUE(parse(bytes.bytes()).ok());
}

TEST(Multiboot2, new_rsdp_wins_over_the_old_one_in_either_order)
{
    for (const bool old_first : {true, false}) {
        Information information;
        information.rsdp(old_first ? 14 : 15, old_first ? "old" : "newer");
        information.rsdp(old_first ? 15 : 14, old_first ? "newer" : "old");
        const auto bytes = information.finish();
        auto info = parse(bytes.bytes());
        ASSERT_TRUE(info.ok());
        ASSERT_TRUE(info.value().rsdp.has_value());
        EXPECT_EQ(info.value().rsdp->size(), 5u);
    }
}

TEST(Multiboot2, old_rsdp_alone_is_taken)
{
    const auto bytes = Information{}.rsdp(14, "old").finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    ASSERT_TRUE(info.value().rsdp.has_value());
    EXPECT_EQ(info.value().rsdp->size(), 3u);
}

TEST(Multiboot2, memory_types_are_named_and_unknown_ones_reserved)
{
    auto map = memory_map();
    for (const std::uint32_t type : {0u, 1u, 2u, 3u, 4u, 5u, 6u, ~0u})
        add_range(map, 0x1000, 0x1000, type);
    const auto bytes = Information{}.tag(6, map).finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    const std::array expected{MemoryType::reserved, MemoryType::available,
                              MemoryType::reserved, MemoryType::acpi_reclaimable,
                              MemoryType::acpi_nvs, MemoryType::defective,
                              MemoryType::reserved, MemoryType::reserved};
    ASSERT_EQ(info.value().memory.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(info.value().memory[i].type, expected[i]);
}

TEST(Multiboot2, longer_memory_map_entries_are_stepped_over)
{
    auto map = memory_map(32);
    for (std::uint64_t i = 1; i <= 2; ++i) {
        add_range(map, i << 20, 0x1000, 1);
        map.add(~0ull);
    }
    const auto bytes = Information{}.tag(6, map).finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    ASSERT_EQ(info.value().memory.size(), 2u);
    EXPECT_EQ(info.value().memory[1].base, 2u << 20);
}

TEST(Multiboot2, empty_memory_ranges_are_left_out)
{
    const auto bytes = Information{}.tag(6, one_range(0x1000, 0, 1)).finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    EXPECT_TRUE(info.value().memory.empty());
}

TEST(Multiboot2, memory_range_up_to_the_last_address_is_taken)
{
    const auto bytes = Information{}.tag(6, one_range(1, largest - 1, 2)).finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info.value().memory[0].end(), largest);
}

TEST(Multiboot2, memory_range_that_wraps_is_refused)
{
    EXPECT_EQ(error_of(Information{}.tag(6, one_range(1, largest, 1)).finish()),
              Error::bad_argument);
    EXPECT_EQ(error_of(Information{}.tag(6, one_range(largest, largest, 1)).finish()),
              Error::bad_argument);
}

TEST(Multiboot2, memory_map_entry_size_below_the_known_part_is_refused)
{
    for (const std::uint32_t size : {0u, 1u, 23u}) {
        auto map = one_range(0, 0x1000, 1);
        map.set(0, size);
        EXPECT_EQ(error_of(Information{}.tag(6, map).finish()), Error::bad_argument);
    }
}

TEST(Multiboot2, memory_map_with_a_partial_last_entry_is_refused)
{
    for (std::size_t extra = 1; extra < 24; ++extra) {
        auto map = one_range(0, 0x1000, 1);
        map.zeros(extra);
        EXPECT_EQ(error_of(Information{}.tag(6, map).finish()), Error::bad_argument);
    }
}

TEST(Multiboot2, gigantic_memory_map_entry_size_is_refused)
{
    auto map = one_range(0, 0x1000, 1);
    map.set(0, ~std::uint32_t{0});
    EXPECT_EQ(error_of(Information{}.tag(6, map).finish()), Error::bad_argument);
}

TEST(Multiboot2, second_memory_map_is_refused)
{
    const auto map = one_range(0, 0x1000, 1);
    EXPECT_EQ(error_of(Information{}.tag(6, map).tag(6, map).finish()), Error::bad_argument);
}

TEST(Multiboot2, sixty_four_memory_ranges_fit_and_one_more_is_an_error)
{
    auto map = memory_map();
    for (std::uint64_t i = 0; i < 64; ++i)
        add_range(map, i << 20, 0x1000, 1);
    EXPECT_TRUE(parse(Information{}.tag(6, map).finish().bytes()).ok());
    add_range(map, 64 << 20, 0x1000, 1);
    EXPECT_EQ(error_of(Information{}.tag(6, map).finish()), Error::limit_reached);
}

TEST(Multiboot2, eight_modules_fit_and_one_more_is_an_error)
{
    Information information;
    for (std::uint32_t i = 0; i < 8; ++i)
        information.module(i << 20, (i << 20) + 1, "m");
    EXPECT_TRUE(parse(information.finish().bytes()).ok());
    EXPECT_EQ(error_of(information.module(0, 1, "m").finish()), Error::limit_reached);
}

TEST(Multiboot2, empty_module_is_taken_as_empty)
{
    const auto bytes = Information{}.module(0x1000, 0x1000, "m").finish();
    auto info = parse(bytes.bytes());
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info.value().modules[0].size(), 0u);
}

TEST(Multiboot2, module_that_ends_before_it_starts_is_refused)
{
    EXPECT_EQ(error_of(Information{}.module(2, 1, "m").finish()), Error::bad_argument);
}

TEST(Multiboot2, text_without_terminator_is_refused)
{
    EXPECT_EQ(error_of(Information{}.tag(1, ByteBuilder{}.add_text("12345678")).finish()),
              Error::bad_argument);
    EXPECT_EQ(error_of(Information{}.tag(1, ByteBuilder{}).finish()), Error::bad_argument);
    EXPECT_EQ(error_of(Information{}.tag(3, ByteBuilder{}.add(1ull << 32).add('x')).finish()),
              Error::bad_argument);
}

TEST(Multiboot2, tag_sizes_below_their_header_are_refused)
{
    for (std::uint32_t size = 0; size < 8; ++size) {
        auto bytes = Information{}.command_line("x").finish();
        bytes.set(12, size);
        EXPECT_EQ(error_of(bytes), Error::bad_argument);
    }
}

TEST(Multiboot2, tag_that_reaches_past_the_total_size_is_refused)
{
    for (const std::uint32_t size : {33u, 1000u, ~0u, ~0u - 7}) {
        auto bytes = Information{}.command_line("x").finish();
        bytes.set(12, size);
        EXPECT_EQ(error_of(bytes), Error::bad_argument);
    }
}

TEST(Multiboot2, missing_end_tag_is_refused)
{
    auto bytes = Information{}.command_line("x").finish();
    bytes.set(0, static_cast<std::uint32_t>(bytes.size() - 8));
    EXPECT_EQ(error_of(bytes), Error::bad_argument);
}

TEST(Multiboot2, total_size_beyond_the_bytes_is_refused)
{
    auto bytes = Information{}.finish();
    bytes.set(0, static_cast<std::uint32_t>(bytes.size() + 1));
    EXPECT_EQ(error_of(bytes), Error::bad_argument);
}

ByteBuilder everything()
{
    auto map = one_range(0, 0x9f000, 1);
    add_range(map, 0x100000, 0x1000, 1);
    return Information{}
        .command_line("a=b")
        .tag(6, map)
        .module(1, 2, "module")
        .rsdp(14, "old")
        .rsdp(15, "new")
        .finish();
}

TEST(Multiboot2, structure_cut_at_any_byte_is_refused)
{
    const auto whole = everything();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const ExactBytes cut{Bytes{whole.bytes()}.first(size)};
        EXPECT_EQ(parse(cut.get()).error(), Error::bad_argument) << size;
    }
}

TEST(Multiboot2, total_size_lowered_to_any_value_is_refused)
{
    for (std::uint32_t size = 0; size < everything().size(); ++size) {
        auto bytes = everything();
        bytes.set(0, size);
        EXPECT_EQ(error_of(bytes), Error::bad_argument) << size;
    }
}

TEST(Multiboot2, any_single_damaged_byte_never_leads_outside_the_structure)
{
    const auto whole = everything();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned value = 0; value < 256; value += 5) {
            auto bytes = whole;
            bytes.set(at, static_cast<std::uint8_t>(value));
            const ExactBytes damaged{bytes.bytes()};
            auto info = parse(damaged.get());
            if (!info.ok())
                continue;
            for (const auto& range : info.value().memory)
                EXPECT_GT(range.end(), range.base);
            for (const auto& module : info.value().modules)
                EXPECT_GE(module.end, module.start);
        }
    }
}

} // namespace
} // namespace lintel::multiboot2
