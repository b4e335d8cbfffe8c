// SPDX-License-Identifier: Apache-2.0
// The guest's general registers while it is not running. vmx/enter.S knows these offsets.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lintel {

struct GuestRegisters {
    std::uint64_t rax = 0, rbx = 0, rcx = 0, rdx = 0, rsi = 0, rdi = 0, rbp = 0;
    std::uint64_t r8 = 0, r9 = 0, r10 = 0, r11 = 0, r12 = 0, r13 = 0, r14 = 0, r15 = 0;
    std::uint64_t host_rsp = 0; // what the VMCS holds; 0 before the first entry

    // By the number that exit qualifications use; 4 (RSP) lives in the VMCS and is not here.
    std::uint64_t* by_number(unsigned number)
    {
        std::uint64_t* const registers[16] = {&rax, &rcx, &rdx, &rbx, nullptr, &rbp, &rsi, &rdi,
                                              &r8,  &r9,  &r10, &r11, &r12,    &r13, &r14, &r15};
        return registers[number & 15];
    }
};
static_assert(offsetof(GuestRegisters, rdi) == 40 && offsetof(GuestRegisters, r15) == 112 &&
              offsetof(GuestRegisters, host_rsp) == 120);

extern "C" bool vmx_enter(GuestRegisters* registers, bool launched);
extern "C" void vmx_exit();

} // namespace lintel
