// SPDX-License-Identifier: Apache-2.0
// Operands that instructions take from fixed registers.
#pragma once

#include "vmx/guest_registers.hpp"

namespace lintel {

// EDX:EAX, as WRMSR and XSETBV use it.
inline std::uint64_t edx_eax(const GuestRegisters& r)
{
    return r.rdx << 32 | (r.rax & 0xffff'ffff);
}

} // namespace lintel
