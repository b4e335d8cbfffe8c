// SPDX-License-Identifier: Apache-2.0
// Kernel images: a small good one, then one damage at a time.
#include "domain/kernel_image.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/kernel_image.hpp"

namespace lintel {
namespace {

using namespace kernel_file;

// Offsets of fields in the ELF file header.
constexpr std::size_t at_class = 4;
constexpr std::size_t at_byte_order = 5;
constexpr std::size_t at_type = 16;
constexpr std::size_t at_machine = 18;
constexpr std::size_t at_program_headers = 32;
constexpr std::size_t at_program_header_size = 54;
constexpr std::size_t at_program_header_count = 56;

TEST(KernelImage, good_image_gives_segments_and_entry)
{
    const auto file = Image{}.file();
    const auto image = parse_kernel_image(file.bytes());
    ASSERT_TRUE(image.ok());
    EXPECT_EQ(image.value().entry, base + 4);
    ASSERT_EQ(image.value().segments.size(), 2u);
    const auto& first = image.value().segments[0];
    EXPECT_EQ(first.physical, base);
    EXPECT_EQ(first.end(), base + 0x1000);
    EXPECT_EQ(first.file.size(), load_bytes);
    EXPECT_EQ(image.value().segments[1].file[0], std::byte{load_bytes});
}

TEST(KernelImage, empty_load_segments_are_left_out)
{
    Image image;
    image.second() = {.physical = base, .file_size = 0, .memory_size = 0};
    const auto file = image.file();
    const auto parsed = parse_kernel_image(file.bytes());
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value().segments.size(), 1u);
}

TEST(KernelImage, empty_file_is_named)
{
    EXPECT_EQ(parse_kernel_image({}).error(), KernelImageError::empty);
}

TEST(KernelImage, bzimage_is_named)
{
    ByteBuilder file;
    file.add_text("MZ").zeros(0x200).add_text("HdrS").zeros(100);
    EXPECT_EQ(parse_kernel_image(file.bytes()).error(), KernelImageError::bzimage);
}

TEST(KernelImage, other_files_are_not_elf)
{
    EXPECT_EQ(parse_kernel_image(ByteBuilder{}.add_text("\x1f\x8b gzip").bytes()).error(),
              KernelImageError::not_elf);
    EXPECT_EQ(parse_kernel_image(ByteBuilder{}.add('\x7f').bytes()).error(),
              KernelImageError::not_elf);
}

TEST(KernelImage, other_machines_are_refused)
{
    auto file = Image{}.file();
    EXPECT_EQ(parse_kernel_image(file.set(at_machine, std::uint16_t{183}).bytes()).error(),
              KernelImageError::not_x86_64);
    file = Image{}.file();
    EXPECT_EQ(parse_kernel_image(file.set(at_class, std::uint8_t{1}).bytes()).error(),
              KernelImageError::not_x86_64);
    file = Image{}.file();
    EXPECT_EQ(parse_kernel_image(file.set(at_byte_order, std::uint8_t{2}).bytes()).error(),
              KernelImageError::not_x86_64);
}

TEST(KernelImage, objects_and_shared_objects_are_refused)
{
    for (const std::uint16_t type : {0, 1, 3, 4}) {
        auto file = Image{}.file();
        EXPECT_EQ(parse_kernel_image(file.set(at_type, type).bytes()).error(),
                  KernelImageError::not_executable);
    }
}

TEST(KernelImage, program_headers_outside_the_file_are_refused)
{
    for (const std::uint64_t offset : {1ul << 20, largest, largest - 55, 0ul - 168}) {
        auto file = Image{}.file();
        EXPECT_EQ(parse_kernel_image(file.set(at_program_headers, offset).bytes()).error(),
                  KernelImageError::damaged);
    }
    auto file = Image{}.file();
    EXPECT_EQ(parse_kernel_image(file.set(at_program_header_count, std::uint16_t{0xffff}).bytes())
                  .error(),
              KernelImageError::damaged);
}

TEST(KernelImage, program_headers_of_another_size_are_refused)
{
    for (const std::uint16_t size : {0, 32, 55, 57}) {
        auto file = Image{}.file();
        EXPECT_EQ(parse_kernel_image(file.set(at_program_header_size, size).bytes()).error(),
                  KernelImageError::damaged);
    }
}

TEST(KernelImage, image_without_segments_is_refused)
{
    EXPECT_EQ(parse_kernel_image(elf({}, {}).bytes()).error(), KernelImageError::nothing_to_load);
}

TEST(KernelImage, segment_outside_the_file_is_refused)
{
    for (const std::uint64_t offset : {1ul << 20, largest, 0ul - load_bytes}) {
        Image image;
        image.first().offset = offset;
        EXPECT_EQ(image.error(), KernelImageError::damaged);
    }
}

TEST(KernelImage, segment_with_more_file_than_memory_is_refused)
{
    Image image;
    image.second().memory_size = load_bytes - 1;
    EXPECT_EQ(image.error(), KernelImageError::damaged);
}

TEST(KernelImage, segment_that_wraps_is_refused)
{
    Image image;
    image.second().physical = largest - load_bytes + 1;
    EXPECT_EQ(image.error(), KernelImageError::damaged);
    image = {};
    image.second().memory_size = largest;
    EXPECT_EQ(image.error(), KernelImageError::damaged);
}

TEST(KernelImage, segments_that_share_a_byte_are_refused)
{
    Image image;
    image.second().physical = base + 0xfff;
    EXPECT_EQ(image.error(), KernelImageError::segments_overlap);
    image.second().physical = base - load_bytes + 1;
    EXPECT_EQ(image.error(), KernelImageError::segments_overlap);
    image.second().physical = base;
    EXPECT_EQ(image.error(), KernelImageError::segments_overlap);
}

TEST(KernelImage, segments_that_touch_are_taken_in_any_order)
{
    Image image;
    image.second().physical = base - load_bytes;
    EXPECT_TRUE(image.ok());
}

TEST(KernelImage, sixteen_segments_fit_and_one_more_is_an_error)
{
    for (const std::size_t segments : {16u, 17u}) {
        std::vector<Program> programs;
        const auto content = header_bytes + (segments + 1) * program_header_bytes;
        const auto notes = pvh_note(std::uint32_t{base});
        for (std::uint64_t i = 0; i < segments; ++i)
            programs.push_back({.offset = content,
                                .physical = base + i * 0x1000,
                                .file_size = 16,
                                .memory_size = 16});
        programs.push_back({.type = 4, .offset = content, .file_size = notes.size()});
        const auto file = elf(programs, notes);
        const auto parsed = parse_kernel_image(file.bytes());
        EXPECT_EQ(parsed.ok(), segments == 16);
        if (!parsed.ok()) {
            EXPECT_EQ(parsed.error(), KernelImageError::too_many_segments);
        }
    }
}

TEST(KernelImage, file_cut_at_any_byte_is_refused)
{
    const auto whole = Image{}.file();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const ExactBytes cut{Bytes{whole.bytes()}.first(size)};
        EXPECT_FALSE(parse_kernel_image(cut.get()).ok()) << size;
    }
}

TEST(KernelImage, any_single_damaged_byte_never_leads_outside_the_file)
{
    const auto whole = Image{}.file();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned value = 0; value < 256; value += 5) {
            auto bytes = whole;
            bytes.set(at, static_cast<std::uint8_t>(value));
            const ExactBytes damaged{bytes.bytes()};
            const auto image = parse_kernel_image(damaged.get());
            if (!image.ok())
                continue;
            for (const auto& segment : image.value().segments) {
                EXPECT_GT(segment.end(), segment.physical);
                EXPECT_LE(segment.file.size(), segment.memory_size);
                EXPECT_GE(segment.file.data(), damaged.get().data());
                EXPECT_LE(segment.file.data() + segment.file.size(),
                          damaged.get().data() + damaged.get().size());
            }
        }
    }
}

TEST(KernelImage, every_error_has_a_text_of_its_own)
{
    std::set<std::string> texts;
    for (int i = 0; i <= static_cast<int>(KernelImageError::entry_not_loaded); ++i)
        texts.insert(describe(static_cast<KernelImageError>(i)));
    EXPECT_EQ(texts.size(), static_cast<int>(KernelImageError::entry_not_loaded) + 1u);
    EXPECT_STREQ(describe(KernelImageError::not_pvh),
                 "the kernel has no PVH entry note: build it with CONFIG_PVH=y");
}

} // namespace
} // namespace lintel
