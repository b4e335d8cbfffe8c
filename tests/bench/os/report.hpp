// SPDX-License-Identifier: Apache-2.0
// What bench-os prints, for people or for `run`.
#pragma once

#include <vector>

#include "operation.hpp"

namespace bench {

struct Measured {
    const Operation* operation;
    Result result;
};

void print_table(const std::vector<Measured>& measured);

// One line. Counts are of all repetitions together.
void print_json(const std::vector<Measured>& measured);

} // namespace bench
