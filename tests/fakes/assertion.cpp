// SPDX-License-Identifier: Apache-2.0
// What a failed assertion does in host tests: say where, then abort, so that death tests can see
// it.
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
