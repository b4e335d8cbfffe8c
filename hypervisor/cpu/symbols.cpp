// SPDX-License-Identifier: Apache-2.0
// Looks addresses up in the table that hypervisor/boot/symbols.py writes: sorted offsets from
// image_text, and beside each the offset of its name.
#include "cpu/symbols.hpp"

#include <cstddef>

extern "C" {
extern const std::byte image_text[], image_rodata[];
struct SymbolEntry {
    std::uint32_t code, name;
};
// The first of the two link passes takes these from boot/no_symbols.S.
extern const std::uint32_t symbol_count;
extern const SymbolEntry symbol_entries[];
extern const char symbol_names[];
}

namespace lintel {

Symbol symbol_at(std::uint64_t address)
{
    const auto text = reinterpret_cast<std::uint64_t>(image_text);
    const auto end = reinterpret_cast<std::uint64_t>(image_rodata);
    if (address < text || address >= end)
        return {"?", 0};
    const auto code = static_cast<std::uint32_t>(address - text);
    std::uint32_t low = 0, high = symbol_count;
    while (low < high) { // first entry beyond the address
        const std::uint32_t middle = low + (high - low) / 2;
        if (symbol_entries[middle].code <= code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return {"?", 0};
    const SymbolEntry& entry = symbol_entries[low - 1];
    const char* name = symbol_names + entry.name;
    std::size_t length = 0;
    while (name[length] != '\0')
        ++length;
    return {{name, length}, code - entry.code};
}

} // namespace lintel
