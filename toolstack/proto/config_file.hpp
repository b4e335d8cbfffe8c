// SPDX-License-Identifier: Apache-2.0
// A configuration as a person wrote it: lintel.cfg(5). Failures are one line, FILE:LINE: FIELD:
// what is wrong; the way out.
#pragma once

#include <string>

#include "domain.pb.h"
#include "liblintel/outcome.hpp"

namespace lintel {

inline constexpr std::size_t longest_config = 65536;

// `file` is for messages, and its folder is where relative paths begin.
Outcome<proto::DomainConfig> parse_config(const std::string& file, const std::string& text);
Outcome<proto::DomainConfig> read_config(const std::string& file);

} // namespace lintel
