// SPDX-License-Identifier: Apache-2.0
// What a configuration may hold, for people: made from domain.proto, so that it says what is
// checked.
#pragma once

#include <string>

namespace lintel {

std::string config_help();

} // namespace lintel
