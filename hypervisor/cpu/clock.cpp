// SPDX-License-Identifier: Apache-2.0
// The one clock of the machine.
#include "cpu/clock.hpp"

namespace lintel {

Clock& machine_clock()
{
    static constinit Clock clock;
    return clock;
}

} // namespace lintel
