// SPDX-License-Identifier: Apache-2.0
// Kernel image parsing: file header, program headers, and the PVH entry among the notes.
#include "domain/kernel_image.hpp"

#include <limits>
#include <optional>

namespace lintel {
namespace {

struct FileHeader {
    std::uint8_t magic[4];
    std::uint8_t word_class;
    std::uint8_t byte_order;
    std::uint8_t ident_rest[10];
    std::uint16_t type;
    std::uint16_t machine;
    std::uint32_t version;
    std::uint64_t entry;
    std::uint64_t program_headers;
    std::uint64_t section_headers;
    std::uint32_t flags;
    std::uint16_t header_size;
    std::uint16_t program_header_size;
    std::uint16_t program_header_count;
    std::uint16_t section_header_size;
    std::uint16_t section_header_count;
    std::uint16_t section_names;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
    std::uint32_t type;
    std::uint32_t flags;
    std::uint64_t offset;
    std::uint64_t virtual_address;
    std::uint64_t physical_address;
    std::uint64_t file_size;
    std::uint64_t memory_size;
    std::uint64_t alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

struct NoteHeader {
    std::uint32_t name_size;
    std::uint32_t description_size;
    std::uint32_t type;
};

constexpr std::uint8_t word_class_64 = 2;
constexpr std::uint8_t little_endian = 1;
constexpr std::uint16_t type_executable = 2;
constexpr std::uint16_t machine_x86_64 = 62;
constexpr std::uint32_t segment_load = 1;
constexpr std::uint32_t segment_note = 4;
constexpr std::uint32_t note_phys32_entry = 18; // XEN_ELFNOTE_PHYS32_ENTRY, name "Xen"
constexpr std::uint64_t bzimage_magic_offset = 0x202;
constexpr std::uint32_t bzimage_magic = 0x53726448; // "HdrS"

template <typename T>
using Parsed = Expected<T, KernelImageError>;
using Entry = std::optional<std::uint64_t>;

// Whatever lies outside the file means that the file is damaged.
template <typename T>
Parsed<T> read(Bytes bytes, std::uint64_t offset)
{
    auto result = read_at<T>(bytes, offset);
    if (!result.ok())
        return KernelImageError::damaged;
    return result.value();
}

Parsed<Bytes> part(Bytes bytes, std::uint64_t offset, std::uint64_t size)
{
    auto result = slice(bytes, offset, size);
    if (!result.ok())
        return KernelImageError::damaged;
    return result.value();
}

bool is_bzimage(Bytes file)
{
    auto magic = read_at<std::uint32_t>(file, bzimage_magic_offset);
    return magic.ok() && magic.value() == bzimage_magic;
}

bool is_elf(Bytes file)
{
    auto magic = read_at<std::uint32_t>(file, 0);
    return magic.ok() && magic.value() == 0x464c457f; // 0x7f "ELF"
}

Parsed<FileHeader> parse_file_header(Bytes file)
{
    if (file.empty())
        return KernelImageError::empty;
    if (!is_elf(file))
        return is_bzimage(file) ? KernelImageError::bzimage : KernelImageError::not_elf;
    const auto header = TRY(read<FileHeader>(file, 0));
    if (header.word_class != word_class_64 || header.byte_order != little_endian ||
        header.machine != machine_x86_64)
        return KernelImageError::not_x86_64;
    if (header.type != type_executable)
        return KernelImageError::not_executable;
    if (header.program_header_size != sizeof(ProgramHeader))
        return KernelImageError::damaged;
    return header;
}

Parsed<KernelSegment> parse_segment(Bytes file, const ProgramHeader& header)
{
    if (header.file_size > header.memory_size)
        return KernelImageError::damaged;
    if (header.physical_address > std::numeric_limits<std::uint64_t>::max() - header.memory_size)
        return KernelImageError::damaged;
    const auto bytes = TRY(part(file, header.offset, header.file_size));
    return KernelSegment{header.physical_address, header.memory_size, bytes};
}

// The PVH entry point, if one of the notes names it.
Parsed<Entry> find_entry(Bytes notes, std::uint64_t alignment)
{
    const std::uint64_t padding = alignment == 8 ? 7 : 3;
    std::uint64_t at = 0;
    while (at < notes.size()) {
        const auto note = TRY(read<NoteHeader>(notes, at));
        const auto name = TRY(part(notes, at + sizeof note, note.name_size));
        const auto description_at = (at + sizeof note + note.name_size + padding) & ~padding;
        const auto description = TRY(part(notes, description_at, note.description_size));
        at = (description_at + note.description_size + padding) & ~padding;

        constexpr std::uint32_t xen = 0x006e6558; // "Xen" and its terminator
        if (note.type != note_phys32_entry || name.size() != sizeof xen ||
            TRY(read<std::uint32_t>(name, 0)) != xen)
            continue;
        if (description.size() == sizeof(std::uint32_t))
            return Entry{TRY(read<std::uint32_t>(description, 0))};
        if (description.size() == sizeof(std::uint64_t))
            return Entry{TRY(read<std::uint64_t>(description, 0))};
        return KernelImageError::damaged;
    }
    return Entry{};
}

bool any_overlap(const KernelImage& image)
{
    for (const auto& one : image.segments)
        for (const auto& other : image.segments)
            if (&one != &other && one.physical < other.end() && other.physical < one.end())
                return true;
    return false;
}

bool is_loaded(const KernelImage& image, std::uint64_t address)
{
    for (const auto& segment : image.segments)
        if (address >= segment.physical && address - segment.physical < segment.file.size())
            return true;
    return false;
}

} // namespace

Parsed<KernelImage> parse_kernel_image(Bytes file)
{
    const auto header = TRY(parse_file_header(file));
    const auto table =
        TRY(part(file, header.program_headers,
                 std::uint64_t{header.program_header_count} * sizeof(ProgramHeader)));
    KernelImage image;
    Entry entry;
    for (std::uint64_t i = 0; i < header.program_header_count; ++i) {
        const auto program = TRY(read<ProgramHeader>(table, i * sizeof(ProgramHeader)));
        if (program.type == segment_load && program.memory_size != 0) {
            const auto segment = TRY(parse_segment(file, program));
            if (!image.segments.push_back(segment).ok())
                return KernelImageError::too_many_segments;
        } else if (program.type == segment_note && !entry.has_value()) {
            const auto notes = TRY(part(file, program.offset, program.file_size));
            entry = TRY(find_entry(notes, program.alignment));
        }
    }

    if (image.segments.empty())
        return KernelImageError::nothing_to_load;
    if (any_overlap(image))
        return KernelImageError::segments_overlap;
    if (!entry.has_value())
        return KernelImageError::not_pvh;
    if (*entry > std::numeric_limits<std::uint32_t>::max() || !is_loaded(image, *entry))
        return KernelImageError::entry_not_loaded;
    image.entry = static_cast<std::uint32_t>(*entry);
    return image;
}

const char* describe(KernelImageError error)
{
    switch (error) {
    case KernelImageError::empty:
        return "the kernel is an empty file: check its path";
    case KernelImageError::bzimage:
        return "the kernel is a bzImage: use vmlinux, which scripts/extract-vmlinux unpacks";
    case KernelImageError::not_elf:
        return "the kernel is not an ELF file: use an uncompressed vmlinux";
    case KernelImageError::not_x86_64:
        return "the kernel is not for x86-64: build it with CONFIG_X86_64=y";
    case KernelImageError::not_executable:
        return "the kernel is not an ELF executable (ET_EXEC): use vmlinux, not an object or "
               "module";
    case KernelImageError::damaged:
        return "the kernel file is damaged or cut short: copy it again";
    case KernelImageError::too_many_segments:
        return "the kernel has more than 16 segments to load: link it with fewer";
    case KernelImageError::nothing_to_load:
        return "the kernel has no segment to load: use vmlinux, not a debug file";
    case KernelImageError::segments_overlap:
        return "the kernel has segments that overlap in memory: link it again";
    case KernelImageError::not_pvh:
        return "the kernel has no PVH entry note: build it with CONFIG_PVH=y";
    case KernelImageError::entry_not_loaded:
        return "the kernel has its PVH entry outside of what is loaded: link it again";
    }
    return "the kernel cannot be used";
}

} // namespace lintel
