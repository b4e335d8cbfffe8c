// SPDX-License-Identifier: Apache-2.0
// What a failed assertion does in the toolstack: say where, and abort. linteld is started again by
// whoever keeps it, and finds its guests.
#include "support/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace lintel {

void assertion_failed(const char* expression, const char* file, int line)
{
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
    std::abort();
}

} // namespace lintel
