// SPDX-License-Identifier: Apache-2.0
// What makes a configuration usable beyond its grammar: the rules beside the fields in
// domain.proto, and the few that a number cannot say. The command checks what a person wrote,
// linteld what a client sent.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "domain.pb.h"

namespace lintel {

struct Complaint {
    std::string field; // "disk.path"
    std::string text;
    int line = 0; // in the file, from 1; 0: not at any line
};

// Where a field's value was written; 0: unknown. `index` counts values of a repeated field, else it
// is -1.
using LineOf = std::function<int(const google::protobuf::FieldDescriptor*, int index)>;

// The first complaint, in the order of the fields.
std::optional<Complaint> find_complaint(const proto::DomainConfig& config, const LineOf& line_of);

} // namespace lintel
