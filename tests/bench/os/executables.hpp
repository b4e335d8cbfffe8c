// SPDX-License-Identifier: Apache-2.0
// The two programs that fork + exec runs. They are inside bench-os and are written out before use.
#pragma once

#include <span>
#include <string>

namespace bench {

std::span<const char> exit_libc();
std::span<const char> exit_bare();

// A program in a file that can be executed, for as long as this lives.
class Executable {
public:
    explicit Executable(std::span<const char> content);
    ~Executable();
    Executable(const Executable&) = delete;
    Executable& operator=(const Executable&) = delete;

    const char* path() const { return path_.c_str(); }

private:
    std::string path_;
};

} // namespace bench
