// SPDX-License-Identifier: Apache-2.0
// linteld's log. One line per thing that an administrator wants to know afterwards.
#pragma once

#include <string>

#include <fmt/format.h>

#include "liblintel/outcome.hpp"

namespace lintel::log {

enum class Level {
    info,
    warning,
    error,
};

// To standard error, or to `file`, which is kept below 1 MiB by starting a new one.
Outcome<> start(const std::string& file);
void write(Level level, const std::string& text);

template <typename... Arguments>
void info(fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    write(Level::info, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void warning(fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    write(Level::warning, fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void error(fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    write(Level::error, fmt::format(format, std::forward<Arguments>(arguments)...));
}

} // namespace lintel::log
