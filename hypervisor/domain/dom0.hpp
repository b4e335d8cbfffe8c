// SPDX-License-Identifier: Apache-2.0
// The privileged domain, which gets what devices and the operator have to say. There is one, from
// start-up on.
#pragma once

#include "domain/domain.hpp"

namespace lintel {

Domain& dom0();
void set_dom0(Domain& domain);

} // namespace lintel
