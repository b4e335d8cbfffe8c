// SPDX-License-Identifier: Apache-2.0
// Multiboot2 information put together for tests: a header, tags in the order they are added, an end
// tag.
#pragma once

#include <cstdint>
#include <string_view>

#include "fakes/byte_builder.hpp"

namespace lintel::multiboot2 {

class Information {
public:
    Information() { bytes_.add(std::uint32_t{0}).add(std::uint32_t{0}); }

    Information& tag(std::uint32_t type, const ByteBuilder& body)
    {
        bytes_.add(type).add(static_cast<std::uint32_t>(body.size() + 8));
        bytes_.add_bytes(body.bytes()).align(8);
        return *this;
    }
    Information& command_line(std::string_view text)
    {
        return tag(1, ByteBuilder{}.add_text(text).add('\0'));
    }
    Information& module(std::uint32_t start, std::uint32_t end, std::string_view text)
    {
        return tag(3, ByteBuilder{}.add(start).add(end).add_text(text).add('\0'));
    }
    Information& rsdp(std::uint32_t type, std::string_view text)
    {
        return tag(type, ByteBuilder{}.add_text(text));
    }
    // Closes with an end tag and fills in the total size.
    ByteBuilder finish() const
    {
        ByteBuilder bytes = bytes_;
        bytes.add(std::uint32_t{0}).add(std::uint32_t{8});
        bytes.set(0, static_cast<std::uint32_t>(bytes.size()));
        return bytes;
    }

private:
    ByteBuilder bytes_;
};

inline ByteBuilder memory_map(std::uint32_t entry_size = 24)
{
    return ByteBuilder{}.add(entry_size).add(std::uint32_t{0});
}

inline void add_range(ByteBuilder& map, std::uint64_t base, std::uint64_t length,
                      std::uint32_t type)
{
    map.add(base).add(length).add(type).add(std::uint32_t{0});
}

inline ByteBuilder one_range(std::uint64_t base, std::uint64_t length, std::uint32_t type)
{
    auto map = memory_map();
    add_range(map, base, length, type);
    return map;
}

} // namespace lintel::multiboot2
