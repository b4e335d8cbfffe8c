// SPDX-License-Identifier: Apache-2.0
// How much a log line matters. A lower value matters more.
#pragma once

#include <cstdint>
#include <string_view>

namespace lintel {

enum class LogLevel : std::uint8_t {
    error,
    warning,
    notice,
    info,
    debug
};

constexpr std::string_view name(LogLevel level)
{
    switch (level) {
    case LogLevel::error:
        return "error";
    case LogLevel::warning:
        return "warning";
    case LogLevel::notice:
        return "notice";
    case LogLevel::info:
        return "info";
    case LogLevel::debug:
        return "debug";
    }
    return "?";
}

} // namespace lintel
