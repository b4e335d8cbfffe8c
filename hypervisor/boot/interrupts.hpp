// SPDX-License-Identifier: Apache-2.0
// Interrupt controllers at start-up: everything masked, then the lines the hypervisor itself needs.
#pragma once

#include "boot/firmware.hpp"

namespace lintel {

// The local APIC, the I/O APICs, and COM1's line for console input. A machine whose tables name no
// I/O APIC has no console input; the log says so.
void start_interrupts(const Firmware& firmware);

} // namespace lintel
