// SPDX-License-Identifier: Apache-2.0
// What people read of domains and of the machine.
#pragma once

#include <string>

#include "control.pb.h"

namespace lintel {

std::string domain_table(const proto::DomainList& list);
std::string disk_table(const proto::DiskList& list);
std::string domain_figures(const proto::Domain& domain);
std::string machine_figures(const proto::Machine& machine);

} // namespace lintel
