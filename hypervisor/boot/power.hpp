// SPDX-License-Identifier: Apache-2.0
// Switching the machine off and resetting it, when dom0 has ended.
#pragma once

#include "boot/firmware.hpp"

namespace lintel {

[[noreturn]] void power_off(const Firmware& firmware);
[[noreturn]] void reset(const Firmware& firmware);

} // namespace lintel
