// SPDX-License-Identifier: Apache-2.0
// Names for code addresses, from a table that the build appends to the image.
#pragma once

#include <cstdint>
#include <string_view>

namespace lintel {

struct Symbol {
    std::string_view name; // "?" when the address is no code of ours
    std::uint64_t offset;
};

Symbol symbol_at(std::uint64_t address);

} // namespace lintel
