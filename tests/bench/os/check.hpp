// SPDX-License-Identifier: Apache-2.0
// System calls that must succeed: no figure is better than a wrong one.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <unistd.h>

namespace bench {

[[noreturn]] inline void fail(const char* what, const char* why)
{
    std::fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
    std::_Exit(1); // a child that fails must not run its parent's destructors
}

// Hands a result through unless it is -1, which ends the program.
template <typename T>
T check(T result, const char* what)
{
    if (result == static_cast<T>(-1)) [[unlikely]]
        fail(what, std::strerror(errno));
    return result;
}

inline void* check(void* address, const char* what)
{
    if (address == reinterpret_cast<void*>(-1)) [[unlikely]] // MAP_FAILED
        fail(what, std::strerror(errno));
    return address;
}

inline void write_all(int file, std::span<const char> data)
{
    while (!data.empty())
        data = data.subspan(
            static_cast<std::size_t>(check(write(file, data.data(), data.size()), "write")));
}

// A template for mkstemp(). dom0 has tmpfs there.
inline std::string temporary_path()
{
    return "/tmp/bench-os-XXXXXX";
}

} // namespace bench
