// SPDX-License-Identifier: Apache-2.0
// The interrupt-descriptor table and the common handler behind the stubs.
#include "cpu/idt.hpp"

#include <array>

#include "cpu/descriptors.hpp"
#include "cpu/panic.hpp"
#include "cpu/stop.hpp"
#include "cpu/this_cpu.hpp"

namespace lintel {

extern "C" const std::uint64_t interrupt_stubs[256];

namespace {

struct Gate {
    std::uint64_t low = 0, high = 0;
};
static_assert(sizeof(Gate) == 16);

alignas(16) std::array<Gate, 256> table;
InterruptHandler interrupt_handler = nullptr;

constexpr std::uint8_t vector_nmi = 2, vector_double_fault = 8, vector_machine_check = 18;

// "64-Bit IDT Gate Descriptors": type 14 (interrupt gate), present.
constexpr Gate gate(std::uint64_t target, InterruptStack stack)
{
    return {(target & 0xffff) | std::uint64_t{selector::code} << 16 |
                static_cast<std::uint64_t>(stack) << 32 | 0x8eull << 40 |
                (target >> 16 & 0xffff) << 48,
            target >> 32};
}

constexpr InterruptStack stack_for(unsigned vector)
{
    switch (vector) {
    case vector_nmi:
        return InterruptStack::nmi;
    case vector_double_fault:
        return InterruptStack::double_fault;
    case vector_machine_check:
        return InterruptStack::machine_check;
    default:
        return InterruptStack::none;
    }
}

} // namespace

void build_idt()
{
    for (unsigned vector = 0; vector < table.size(); ++vector)
        table[vector] = gate(interrupt_stubs[vector], stack_for(vector));
}

void load_idt()
{
    struct [[gnu::packed]] {
        std::uint16_t limit;
        std::uint64_t base;
    } const idtr{sizeof(table) - 1, idt_base()};
    asm volatile("lidt %0" : : "m"(idtr));
}

std::uint64_t idt_base()
{
    return reinterpret_cast<std::uint64_t>(table.data());
}

void set_interrupt_handler(InterruptHandler handler)
{
    interrupt_handler = handler;
}

extern "C" void interrupt_in_root(InterruptFrame& frame)
{
    if (frame.vector == vector_nmi)
        return take_nmi();
    if (frame.vector < 32 || interrupt_handler == nullptr)
        panic_on_exception(frame);
    look_again();
    interrupt_handler(static_cast<std::uint8_t>(frame.vector));
}

} // namespace lintel
