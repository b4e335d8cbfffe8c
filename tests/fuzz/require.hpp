// SPDX-License-Identifier: Apache-2.0
// What has to hold after every input. A failure prints where and aborts, which libFuzzer reports
// with the input that led there.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace lintel::fuzz {

[[noreturn]] inline void requirement_failed(const char* expression, const char* file, int line)
{
    std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, expression);
    std::abort();
}

} // namespace lintel::fuzz

#define REQUIRE(expression) \
    ((expression) ? void() : ::lintel::fuzz::requirement_failed(#expression, __FILE__, __LINE__))
