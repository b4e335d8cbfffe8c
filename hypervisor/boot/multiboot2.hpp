// SPDX-License-Identifier: Apache-2.0
// What the boot loader tells: the Multiboot2 information structure.
// Layout: Multiboot2 Specification, "Boot information format".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "support/fixed_vector.hpp"
#include "support/result.hpp"
#include "support/span_reader.hpp"

namespace lintel::multiboot2 {

// In EAX when a loader of this protocol starts us.
inline constexpr std::uint32_t loader_magic = 0x36d76289;

enum class MemoryType : std::uint32_t {
    available = 1,
    reserved = 2, // also every type we do not know
    acpi_reclaimable = 3,
    acpi_nvs = 4,
    defective = 5,
};

struct MemoryRange {
    std::uint64_t base;
    std::uint64_t length; // never zero; base + length does not wrap
    MemoryType type;

    std::uint64_t end() const { return base + length; }
};

struct Module {
    std::uint64_t start;
    std::uint64_t end; // first address after it, >= start
    std::string_view string;

    std::uint64_t size() const { return end - start; }
};

// Texts and the RSDP point into the structure that was parsed.
struct Info {
    std::string_view command_line;
    // As the firmware has it: unsorted, and ranges may overlap. Memory is usable where an available
    // range covers it and no other range does.
    FixedVector<MemoryRange, 64> memory;
    FixedVector<Module, 8> modules;
    std::optional<Bytes> rsdp; // the newest revision the loader copied
};

// Error::bad_argument for a damaged structure, Error::limit_reached for too many ranges or modules.
Result<Info> parse(Bytes bytes);

} // namespace lintel::multiboot2
