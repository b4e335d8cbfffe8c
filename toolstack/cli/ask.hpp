// SPDX-License-Identifier: Apache-2.0
// One request to linteld, and what the command prints of its answer.
#pragma once

#include <string>

#include <google/protobuf/message.h>

#include "cli/commands.hpp"
#include "control.pb.h"

namespace lintel {

// Waits as long as the command says.
Outcome<proto::Reply> ask(const Command& command, const proto::Request& request);

// `text` is for people; --json prints the message.
ExitStatus print(const Streams& streams, const google::protobuf::Message& message,
                 const std::string& text);

// For a request whose answer is no more than that it is done.
Ending act_on(const Command& command, const Streams& streams, const proto::Request& request);

} // namespace lintel
