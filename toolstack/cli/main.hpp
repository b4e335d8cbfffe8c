// SPDX-License-Identifier: Apache-2.0
// lintel(1).
#pragma once

#include <string>
#include <vector>

#include "cli/streams.hpp"

namespace lintel {

// `arguments` without the program's name.
int lintel_main(const std::vector<std::string>& arguments, Streams streams);

} // namespace lintel
