// SPDX-License-Identifier: Apache-2.0
// Which quirks apply.
#include "cpu/quirks.hpp"

#include "cpu/com1.hpp"

namespace lintel {

namespace {
Quirks found;
}

const Quirks& machine_quirks()
{
    return found;
}

void find_quirks()
{
    found.interrupts_stay_out = e9_present(); // nothing else tells the emulator from a processor
}

} // namespace lintel
