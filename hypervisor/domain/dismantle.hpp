// SPDX-License-Identifier: Apache-2.0
// Taking a dying domain's memory apart, a piece at a time.
#pragma once

#include "domain/domain.hpp"

namespace lintel {

// Frees some of the domain's frames and tables; whether that was all. No CPU runs the domain or looks
// into its map, nobody else dismantles it, and none of its frames is lent.
Result<bool> dismantle_memory(Domain& domain);

} // namespace lintel
