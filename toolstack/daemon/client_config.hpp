// SPDX-License-Identifier: Apache-2.0
// Configurations that clients send: by the rules for everybody, and with absolute paths, as linteld
// runs in a folder of its own. Failure, code EINVAL: says which field is wrong and why.
#pragma once

#include "domain.pb.h"
#include "liblintel/outcome.hpp"

namespace lintel {

Outcome<> check(const proto::DomainConfig& config);
Outcome<> check(const proto::DomainConfig::Disk& disk); // for a guest that runs

} // namespace lintel
