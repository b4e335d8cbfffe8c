// SPDX-License-Identifier: Apache-2.0
// Interrupts and exceptions in root mode. The hypervisor runs with interrupts off except in its
// idle loop and between a VM exit and the next entry; an exception here is its own fault and ends
// in a panic.
#pragma once

#include <cstdint>

namespace lintel {

// What the entry stubs (cpu/idt_stubs.S) leave on the stack; offsets are known there.
struct InterruptFrame {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    std::uint64_t vector, error_code;
    std::uint64_t rip, cs, rflags, rsp, ss;
};

using InterruptHandler = void (*)(std::uint8_t vector);

// All CPUs share one table: build it once, load IDTR on each.
void build_idt();
void load_idt();
std::uint64_t idt_base();

// Who takes vectors 32..255 in root mode, where they are let in.
void set_interrupt_handler(InterruptHandler handler);

// Wait for an interrupt with interrupts on for just that instruction.
inline void wait_for_interrupt()
{
    asm volatile("sti; hlt; cli" ::: "memory");
}
// Let interrupts that wait be taken now.
inline void take_interrupts()
{
    asm volatile("sti; nop; cli" ::: "memory");
}

// IRET to the next instruction: ends the blocking of NMIs that an exit due to NMI leaves behind.
// Intel SDM Vol. 3, "Updating Non-Register State" of "VM Exits".
extern "C" void unblock_nmi();

} // namespace lintel
