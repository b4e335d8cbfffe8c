// SPDX-License-Identifier: Apache-2.0
// What a guest kernel finds in memory when it starts: the PVH start information. Contract:
// docs/abi/boot.md; layout: Xen's "x86/HVM direct boot ABI".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "support/span_reader.hpp"

namespace lintel {

struct StartInfoHeader {
    std::uint32_t magic = 0x336ec578;
    std::uint32_t version = 1;
    std::uint32_t flags = 0; // SIF_PRIVILEGED would ask Linux for Xen's calls
    std::uint32_t modules = 0;
    std::uint64_t module_list = 0;
    std::uint64_t command_line = 0;
    std::uint64_t rsdp = 0;
    std::uint64_t memory_map = 0;
    std::uint32_t memory_map_entries = 0;
    std::uint32_t reserved = 0;
};
static_assert(sizeof(StartInfoHeader) == 56);

struct StartInfoModule {
    std::uint64_t address, size, command_line = 0, reserved = 0;
};

struct StartInfoMemory {
    enum Type : std::uint32_t {
        ram = 1,
        reserved = 2,
        acpi = 3,
        nvs = 4,
        unusable = 5 // in dom0: RAM that is not its own
    };
    std::uint64_t address, size;
    std::uint32_t type;
    std::uint32_t padding = 0;
};
static_assert(sizeof(StartInfoMemory) == 24);

struct StartInfo {
    std::string_view command_line;
    std::uint64_t initrd = 0, initrd_size = 0; // no module if the size is 0
    Bytes rsdp;                                // a copy of the ACPI root pointer, or empty
};

// Lays everything out in `out`, which the guest sees at guest-physical `address` (page-aligned);
// limit_reached if it does not fit. The memory map is appended entry by entry.
class StartInfoWriter {
public:
    StartInfoWriter(std::span<std::byte> out, std::uint64_t address) : out_{out}, address_{address}
    {
    }

    Result<> begin(const StartInfo& info);
    Result<> add_memory(const StartInfoMemory& entry);

private:
    template <typename T>
    Result<> put(const T& value)
    {
        return put_bytes(&value, sizeof value);
    }
    Result<> align(); // with zeros
    Result<> put_bytes(const void* bytes, std::size_t size);

    std::span<std::byte> out_;
    std::uint64_t address_;
    std::size_t used_ = 0;
};

} // namespace lintel
