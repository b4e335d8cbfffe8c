// SPDX-License-Identifier: Apache-2.0
#include "executables.hpp"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include "check.hpp"

extern "C" const char exit_libc_begin[], exit_libc_end[], exit_bare_begin[], exit_bare_end[];

namespace bench {

std::span<const char> exit_libc()
{
    return {exit_libc_begin, exit_libc_end};
}

std::span<const char> exit_bare()
{
    return {exit_bare_begin, exit_bare_end};
}

Executable::Executable(std::span<const char> content) : path_{temporary_path()}
{
    const int file = check(mkstemp(path_.data()), path_.c_str());
    write_all(file, content);
    check(fchmod(file, 0700), "fchmod");
    check(close(file), "close");
}

Executable::~Executable()
{
    unlink(path_.c_str());
}

} // namespace bench
