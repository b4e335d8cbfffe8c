// SPDX-License-Identifier: Apache-2.0
// dom0's guest-physical map: its RAM and the machine's devices at their machine addresses, and
// nothing of the hypervisor's. Contract: docs/design/memory.md.
#pragma once

#include "boot/firmware.hpp"
#include "boot/memory_plan.hpp"
#include "mm/machine_memory.hpp"

namespace lintel {

Result<GuestPhysicalMap> make_dom0_map(const MemoryPlan& plan, const Firmware& firmware,
                                       ept::Level largest_leaf);

} // namespace lintel
