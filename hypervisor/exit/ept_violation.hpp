// SPDX-License-Identifier: Apache-2.0
// Device memory on first touch: dom0 gets what no table of the machine calls RAM, 1:1 and
// uncacheable.
#pragma once

#include "domain/domain.hpp"

namespace lintel {

// Whether `gfn` is device memory that the domain may have and now has.
bool map_device_memory(Domain& domain, Gfn gfn);

} // namespace lintel
