// SPDX-License-Identifier: Apache-2.0
#include "counters.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "check.hpp"

namespace bench {

namespace {

constexpr const char* exits_file = "/sys/hypervisor/exits";
constexpr const char* hypercalls_file = "/sys/hypervisor/hypercalls";
constexpr const char* seal_file = "/sys/hypervisor/seal";

// Empty when there is no such file.
std::string content(const char* path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return {};
    check(file, path);
    std::string text;
    std::array<char, 4096> part;
    while (const auto size = check(read(file, part.data(), part.size()), path))
        text.append(part.data(), static_cast<std::size_t>(size));
    close(file);
    return text;
}

// Lines of a name, a space and a number.
Counts parse(const std::string& text)
{
    Counts counts;
    const char* at = text.c_str();
    while (const char* space = std::strchr(at, ' ')) {
        char* end;
        counts[std::string{at, space}] = std::strtoll(space + 1, &end, 10);
        if (*end != '\n')
            break;
        at = end + 1;
    }
    return counts;
}

// The line "intr TOTAL ..." of /proc/stat counts the local timer's interrupts too.
std::int64_t interrupts()
{
    const std::string text = content("/proc/stat");
    const auto line = text.find("\nintr ");
    return line == std::string::npos ? 0 : std::strtoll(text.c_str() + line + 6, nullptr, 10);
}

Counts difference(const Counts& before, Counts after)
{
    for (auto& [name, count] : after)
        if (const auto old = before.find(name); old != before.end())
            count -= old->second;
    return after;
}

} // namespace

// All text first, and parsing later: a smaller window for an interrupt to fall into.
Counters read_counters()
{
    const std::string exits = content(exits_file);
    const std::string hypercalls = content(hypercalls_file);
    const std::string seal = content(seal_file);
    return {parse(exits), parse(hypercalls), parse(seal), interrupts()};
}

Counters difference(const Counters& before, const Counters& after)
{
    return {difference(before.exits, after.exits), difference(before.hypercalls, after.hypercalls),
            difference(before.seal, after.seal), after.interrupts - before.interrupts};
}

Counters cost_of_reading()
{
    const Counters before = read_counters();
    return difference(before, read_counters());
}

bool on_lintel()
{
    return content("/sys/hypervisor/type") == "lintel\n";
}

} // namespace bench
