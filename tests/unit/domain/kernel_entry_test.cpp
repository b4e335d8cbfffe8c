// SPDX-License-Identifier: Apache-2.0
// Kernel images: notes, and the PVH entry among them.
#include "domain/kernel_image.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#include "fakes/kernel_image.hpp"

namespace lintel {
namespace {

using namespace kernel_file;

TEST(KernelImage, eight_byte_entry_is_taken)
{
    Image image;
    image.notes = pvh_note(std::uint64_t{base + 8});
    const auto file = image.file();
    const auto parsed = parse_kernel_image(file.bytes());
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value().entry, base + 8);
}

TEST(KernelImage, entry_is_found_behind_other_notes)
{
    Image image;
    image.notes = note("GNU", 3, ByteBuilder{}.zeros(17));
    image.notes.add_bytes(note("Xen", 17, ByteBuilder{}.zeros(4)).bytes());
    image.notes.add_bytes(note("Xem", 18, ByteBuilder{}.zeros(4)).bytes());
    image.notes.add_bytes(note("Xen ", 18, ByteBuilder{}.zeros(4)).bytes());
    image.notes.add_bytes(pvh_note(std::uint32_t{base}).bytes());
    EXPECT_TRUE(image.ok());
}

TEST(KernelImage, notes_of_eight_byte_alignment_are_walked)
{
    Image image;
    image.note_program().alignment = 8;
    image.notes = note("Linux", 5, ByteBuilder{}.zeros(5), 8);
    image.notes.add_bytes(pvh_note(std::uint32_t{base}, 8).bytes());
    EXPECT_TRUE(image.ok());
}

TEST(KernelImage, image_without_notes_is_not_pvh)
{
    Image image;
    image.note_program().type = 0;
    EXPECT_EQ(image.error(), KernelImageError::not_pvh);
}

TEST(KernelImage, image_with_other_notes_only_is_not_pvh)
{
    Image image;
    image.notes = note("GNU", 18, ByteBuilder{}.zeros(4));
    EXPECT_EQ(image.error(), KernelImageError::not_pvh);
}

TEST(KernelImage, notes_outside_the_file_are_refused)
{
    for (const std::uint64_t offset : {1ul << 20, largest, 0ul - 20}) {
        Image image;
        image.note_program().offset = offset;
        EXPECT_EQ(image.error(), KernelImageError::damaged);
    }
}

TEST(KernelImage, note_sizes_that_leave_the_segment_are_refused)
{
    for (const std::size_t field : {0u, 4u}) {
        for (const std::uint32_t size : {5u, 100u, 0x7fffffffu, 0xfffffff4u, 0xffffffffu}) {
            if (field == 0 && size == 5)
                continue; // a longer name that still fits is only another name
            Image image;
            image.notes.set(field, size);
            EXPECT_EQ(image.error(), KernelImageError::damaged) << field << " " << size;
        }
    }
}

TEST(KernelImage, entry_of_another_size_is_refused)
{
    for (const std::size_t size : {0u, 1u, 3u, 5u, 7u, 9u, 16u}) {
        Image image;
        image.notes = note("Xen", 18, ByteBuilder{}.zeros(size));
        EXPECT_EQ(image.error(), KernelImageError::damaged) << size;
    }
}

TEST(KernelImage, entry_outside_the_loaded_file_part_is_refused)
{
    for (const std::uint64_t entry : {std::uint64_t{0}, base - 1, base + load_bytes, base + 0xfff,
                                      base + 0x1000 + load_bytes, base + (1ul << 32), largest}) {
        Image image;
        image.notes = pvh_note(entry);
        EXPECT_EQ(image.error(), KernelImageError::entry_not_loaded) << std::hex << entry;
    }
}

TEST(KernelImage, entry_above_four_gigabytes_is_refused_even_in_a_segment)
{
    Image image;
    image.second().physical = 1ul << 32;
    image.notes = pvh_note(std::uint64_t{1ul << 32});
    EXPECT_EQ(image.error(), KernelImageError::entry_not_loaded);
}

TEST(KernelImage, entry_in_the_last_loaded_byte_is_taken)
{
    Image image;
    image.notes = pvh_note(std::uint64_t{base + load_bytes - 1});
    EXPECT_TRUE(image.ok());
}

} // namespace
} // namespace lintel
