// SPDX-License-Identifier: Apache-2.0
// The only file that sees spdlog, which takes its time to compile.
#include "daemon/log.hpp"

#include <cerrno>

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace lintel::log {
namespace {

constexpr std::size_t most_bytes = 1 << 20;
std::shared_ptr<spdlog::logger> logger; // null before start(): tests want no log

spdlog::level::level_enum level_of(Level level)
{
    switch (level) {
    case Level::info:
        return spdlog::level::info;
    case Level::warning:
        return spdlog::level::warn;
    case Level::error:
        return spdlog::level::err;
    }
    return spdlog::level::off;
}

} // namespace

Outcome<> start(const std::string& file)
{
    try {
        spdlog::sink_ptr sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        if (!file.empty())
            sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, most_bytes, 1);
        logger = std::make_shared<spdlog::logger>("linteld", sink);
    } catch (const spdlog::spdlog_ex& error) {
        return Failure{EIO, std::string{"--log: "} + error.what()};
    }
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
    logger->flush_on(spdlog::level::info);
    return {};
}

void write(Level level, const std::string& text)
{
    if (logger)
        logger->log(level_of(level), spdlog::string_view_t{text});
}

} // namespace lintel::log
