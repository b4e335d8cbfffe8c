// SPDX-License-Identifier: Apache-2.0
// Where text can go: the serial line, or the emulator's unthrottled debug port.
#pragma once

#include <cstdint>

namespace lintel {

enum class ConsolePort : std::uint8_t {
    none,
    e9,
    com1
};

struct LogPorts {
    bool e9 = false;
    bool com1 = false;
    constexpr bool operator==(const LogPorts&) const = default;
};

} // namespace lintel
