// SPDX-License-Identifier: Apache-2.0
// One program with two names, lintel and linteld: dom0 has no libraries, and most of each is
// library.
#include <string_view>

#include "cli/main.hpp"
#include "daemon/main.hpp"

int main(int argc, char** argv)
{
    const std::string_view path = argc > 0 ? argv[0] : "lintel";
    if (path.substr(path.rfind('/') + 1) == "linteld")
        return lintel::linteld_main(argc, argv);
    return lintel::lintel_main({argv + std::min(argc, 1), argv + argc}, {});
}
