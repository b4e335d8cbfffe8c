// SPDX-License-Identifier: Apache-2.0
// Multiboot2 information: a header, then tags on 8-byte boundaries, closed by an end tag.
#include "boot/multiboot2.hpp"

#include <limits>

namespace lintel::multiboot2 {
namespace {

struct Header {
    std::uint32_t total_size;
    std::uint32_t reserved;
};

struct Tag {
    std::uint32_t type;
    std::uint32_t size; // with this header, without padding
};

enum TagType : std::uint32_t {
    tag_end = 0,
    tag_command_line = 1,
    tag_module = 3,
    tag_memory_map = 6,
    tag_rsdp_old = 14,
    tag_rsdp_new = 15,
};

struct ModuleBody {
    std::uint32_t start;
    std::uint32_t end;
};

struct MemoryMapBody {
    std::uint32_t entry_size;
    std::uint32_t entry_version;
};

struct MemoryMapEntry {
    std::uint64_t base;
    std::uint64_t length;
    std::uint32_t type;
    std::uint32_t reserved;
};
static_assert(sizeof(MemoryMapEntry) == 24);

// The text at the start of `bytes`; its terminator must be there too.
Result<std::string_view> terminated_text(Bytes bytes)
{
    for (std::size_t size = 0; size < bytes.size(); ++size)
        if (bytes[size] == std::byte{0})
            return std::string_view{reinterpret_cast<const char*>(bytes.data()), size};
    return Error::bad_argument;
}

constexpr MemoryType memory_type(std::uint32_t type)
{
    switch (type) {
    case 1:
        return MemoryType::available;
    case 3:
        return MemoryType::acpi_reclaimable;
    case 4:
        return MemoryType::acpi_nvs;
    case 5:
        return MemoryType::defective;
    default:
        return MemoryType::reserved;
    }
}

Result<> parse_memory_map(Bytes body, Info& info)
{
    const auto map = TRY(read_at<MemoryMapBody>(body, 0));
    if (map.entry_size < sizeof(MemoryMapEntry) || !info.memory.empty())
        return Error::bad_argument;
    for (std::uint64_t at = sizeof map; at < body.size(); at += map.entry_size) {
        // An entry may be longer than the part we know, but has to be there as a whole.
        const auto bytes = TRY(slice(body, at, map.entry_size));
        const auto entry = TRY(read_at<MemoryMapEntry>(bytes, 0));
        if (entry.length == 0)
            continue;
        if (entry.base > std::numeric_limits<std::uint64_t>::max() - entry.length)
            return Error::bad_argument;
        TRY(info.memory.push_back({entry.base, entry.length, memory_type(entry.type)}));
    }
    return {};
}

Result<> parse_module(Bytes body, Info& info)
{
    const auto module = TRY(read_at<ModuleBody>(body, 0));
    const auto string = TRY(terminated_text(body.subspan(sizeof module)));
    if (module.end < module.start)
        return Error::bad_argument;
    return info.modules.push_back({module.start, module.end, string});
}

Result<> parse_tag(std::uint32_t type, Bytes body, Info& info)
{
    switch (type) {
    case tag_command_line:
        info.command_line = TRY(terminated_text(body));
        return {};
    case tag_module:
        return parse_module(body, info);
    case tag_memory_map:
        return parse_memory_map(body, info);
    case tag_rsdp_old:
        if (!info.rsdp.has_value())
            info.rsdp = body;
        return {};
    case tag_rsdp_new:
        info.rsdp = body;
        return {};
    default:
        return {}; // of no use to us
    }
}

} // namespace

Result<Info> parse(Bytes bytes)
{
    constexpr std::uint64_t alignment = 8;

    const auto header = TRY(read_at<Header>(bytes, 0));
    const auto whole = TRY(slice(bytes, 0, header.total_size));
    Info info;
    std::uint64_t at = sizeof header;
    while (true) {
        // Running out of bytes before the end tag is an error too.
        const auto tag = TRY(read_at<Tag>(whole, at));
        const auto tag_bytes = TRY(slice(whole, at, tag.size));
        if (tag.size < sizeof tag)
            return Error::bad_argument;
        if (tag.type == tag_end)
            return info;
        TRY(parse_tag(tag.type, tag_bytes.subspan(sizeof tag), info));
        at += (tag.size + alignment - 1) / alignment * alignment;
    }
}

} // namespace lintel::multiboot2
