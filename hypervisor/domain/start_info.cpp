// SPDX-License-Identifier: Apache-2.0
// Header first, then module list, command line, RSDP and memory map, in this order.
#include "domain/start_info.hpp"

#include <cstddef>

namespace lintel {

namespace {

constexpr std::uint64_t alignment = 8;

constexpr std::uint64_t aligned(std::uint64_t address)
{
    return (address + alignment - 1) / alignment * alignment;
}

} // namespace

Result<> StartInfoWriter::put_bytes(const void* bytes, std::size_t size)
{
    if (size == 0)
        return {}; // an empty text may have no address, which memcpy must not see
    if (out_.size() - used_ < size)
        return Error::limit_reached;
    __builtin_memcpy(out_.data() + used_, bytes, size);
    used_ += size;
    return {};
}

Result<> StartInfoWriter::align()
{
    while (used_ % alignment != 0)
        TRY(put('\0'));
    return {};
}

Result<> StartInfoWriter::begin(const StartInfo& info)
{
    StartInfoHeader header;
    const std::size_t list = info.initrd_size != 0 ? sizeof(StartInfoModule) : 0;
    const std::size_t text = info.command_line.size() + 1;
    header.modules = info.initrd_size != 0;
    header.module_list = header.modules != 0 ? address_ + sizeof header : 0;
    header.command_line = address_ + sizeof header + list;
    header.rsdp = aligned(header.command_line + text);
    header.memory_map = aligned(header.rsdp + info.rsdp.size());
    if (info.rsdp.empty())
        header.rsdp = 0;
    TRY(put(header));
    if (header.modules != 0)
        TRY(put(StartInfoModule{info.initrd, info.initrd_size}));
    TRY(put_bytes(info.command_line.data(), info.command_line.size()));
    TRY(put('\0'));
    TRY(align());
    TRY(put_bytes(info.rsdp.data(), info.rsdp.size()));
    return align();
}

Result<> StartInfoWriter::add_memory(const StartInfoMemory& entry)
{
    TRY(put(entry));
    const std::size_t at = offsetof(StartInfoHeader, memory_map_entries);
    std::uint32_t entries;
    __builtin_memcpy(&entries, out_.data() + at, sizeof entries);
    ++entries;
    __builtin_memcpy(out_.data() + at, &entries, sizeof entries);
    return {};
}

} // namespace lintel
