// SPDX-License-Identifier: Apache-2.0
// A guest's console on the command's own input and output, until the guest ends or Ctrl-] is typed.
#pragma once

#include <string>

#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "cli/streams.hpp"

namespace lintel {

// The connection is attached to the guest's console already. At the end of the input the guest's
// output goes on.
ExitStatus stay_attached(Connection& connection, const Streams& streams, const std::string& name);

// One line that says how the guest ended.
std::string end_sentence(const std::string& name, const proto::End& end);

} // namespace lintel
