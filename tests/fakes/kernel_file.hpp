// SPDX-License-Identifier: Apache-2.0
// Kernel files put together for tests: ELF headers, segments, notes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fakes/byte_builder.hpp"

namespace lintel::kernel_file {

inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t program_header_bytes = 56;

struct Program {
    std::uint32_t type = 1; // PT_LOAD
    std::uint64_t offset = 0;
    std::uint64_t physical = 0;
    std::uint64_t file_size = 0;
    std::uint64_t memory_size = 0;
    std::uint64_t alignment = 4;
};

inline ByteBuilder note(std::string_view name, std::uint32_t type, const ByteBuilder& description,
                        std::size_t alignment = 4)
{
    ByteBuilder bytes;
    bytes.add(static_cast<std::uint32_t>(name.size() + 1));
    bytes.add(static_cast<std::uint32_t>(description.size()));
    bytes.add(type).add_text(name).add('\0').align(alignment);
    return bytes.add_bytes(description.bytes()).align(alignment);
}

template <typename T>
ByteBuilder pvh_note(T entry, std::size_t alignment = 4)
{
    return note("Xen", 18, ByteBuilder{}.add(entry), alignment);
}

inline ByteBuilder elf(const std::vector<Program>& programs, const ByteBuilder& content)
{
    ByteBuilder bytes;
    bytes
        .add_text("\x7f"
                  "ELF")
        .add(std::uint8_t{2})
        .add(std::uint8_t{1})
        .zeros(10);
    bytes.add(std::uint16_t{2}).add(std::uint16_t{62}).add(std::uint32_t{1});
    bytes.add(std::uint64_t{0}).add(std::uint64_t{header_bytes}).add(std::uint64_t{0});
    bytes.add(std::uint32_t{0}).add(std::uint16_t{header_bytes});
    bytes.add(static_cast<std::uint16_t>(program_header_bytes));
    bytes.add(static_cast<std::uint16_t>(programs.size())).zeros(6);
    for (const auto& program : programs) {
        bytes.add(program.type).add(std::uint32_t{5}).add(program.offset);
        bytes.add(std::uint64_t{0xffffffff80000000}).add(program.physical);
        bytes.add(program.file_size).add(program.memory_size).add(program.alignment);
    }
    return bytes.add_bytes(content.bytes());
}

inline constexpr std::uint64_t base = 0x1000000;
inline constexpr std::uint64_t load_bytes = 32;

// Two segments of `load_bytes` in the file, then a note. A test may change any of it before `bytes`.
struct File {
    std::vector<Program> programs;
    ByteBuilder notes = pvh_note(std::uint32_t{base + 4});

    File()
    {
        const std::uint64_t content = header_bytes + 3 * program_header_bytes;
        programs.push_back(
            {.offset = content, .physical = base, .file_size = load_bytes, .memory_size = 0x1000});
        programs.push_back({.offset = content + load_bytes,
                            .physical = base + 0x1000,
                            .file_size = load_bytes,
                            .memory_size = load_bytes});
        programs.push_back({.type = 4, .offset = content + 2 * load_bytes});
    }
    Program& first() { return programs[0]; }
    Program& second() { return programs[1]; }
    Program& note_program() { return programs[2]; }
    ByteBuilder bytes()
    {
        if (note_program().file_size == 0)
            note_program().file_size = notes.size();
        ByteBuilder content;
        for (std::uint64_t i = 0; i < 2 * load_bytes; ++i)
            content.add(static_cast<std::uint8_t>(i));
        return elf(programs, content.add_bytes(notes.bytes()));
    }
};

} // namespace lintel::kernel_file
