// SPDX-License-Identifier: Apache-2.0
// The machine's first serial line and the emulator's debug port: the log's outputs and the
// console's.
#pragma once

#include "cpu/spin_lock.hpp"
#include "cpu/uart.hpp"

namespace lintel {

inline constexpr Uart<> com1{Uart<>::com1};
// Held from finding the transmitter empty until it has been filled.
inline SpinLock com1_transmit_lock;

// Whether the line is there; sets it up at the first call.
inline bool com1_present()
{
    static bool asked = false, present = false;
    if (!asked)
        present = com1.start();
    asked = true;
    return present;
}

// The debug port of Bochs answers with its own number; other machines read ones.
inline constexpr std::uint16_t e9_port = 0xe9;
inline bool e9_present()
{
    return in8(e9_port) == e9_port;
}

} // namespace lintel
