// SPDX-License-Identifier: Apache-2.0
// What the machine at hand does differently from the manuals, so far as the hypervisor has to know.
#pragma once

namespace lintel {

struct Quirks {
    // Bochs 2.7: after a VM entry with RFLAGS.IF clear in the guest, an external interrupt does not
    // cause an exit until the guest executes CLI or sets IF. A guest that spins with interrupts off
    // would keep its CPU for ever, so its stay is bounded by the VMX-preemption timer. Processors
    // exit. Intel SDM Vol. 3, "Other Causes of VM Exits".
    bool interrupts_stay_out = false;
};

const Quirks& machine_quirks();
// Once, at start-up.
void find_quirks();

} // namespace lintel
