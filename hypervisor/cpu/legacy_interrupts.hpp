// SPDX-License-Identifier: Apache-2.0
// The two 8259 interrupt controllers: masked for good. The hypervisor owns them and uses neither.
#pragma once

#include "cpu/io.hpp"

namespace lintel {

template <typename Ports = MachinePorts>
void silence_legacy_interrupts()
{
    // Initialised first, so that a spurious interrupt would come on a vector of ours (0xf0..0xff)
    // and not on an exception's. Intel 8259A data sheet, "Initialization Command Words".
    constexpr std::uint16_t first = 0x20, second = 0xa0;
    Ports::write(first, 0x11);
    Ports::write(second, 0x11);
    Ports::write(first + 1, 0xf0);
    Ports::write(second + 1, 0xf8);
    Ports::write(first + 1, 0x04);
    Ports::write(second + 1, 0x02);
    Ports::write(first + 1, 0x01);
    Ports::write(second + 1, 0x01);
    Ports::write(first + 1, 0xff);
    Ports::write(second + 1, 0xff);
}

} // namespace lintel
