// SPDX-License-Identifier: Apache-2.0
// Any message as JSON for `--json`: field names as in the .proto file, numbers as numbers,
// enumerators by name in small letters, all fields of a message present unless they are messages
// that are not set.
#pragma once

#include <string>

#include <google/protobuf/message.h>

namespace lintel {

std::string to_json(const google::protobuf::Message& message);
std::string json_string(const std::string& text); // quoted; bytes that are not UTF-8 become U+FFFD

} // namespace lintel
