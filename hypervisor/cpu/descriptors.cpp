// SPDX-License-Identifier: Apache-2.0
// Loads one CPU's segment registers and task register.
#include "cpu/descriptors.hpp"

namespace lintel {

namespace {

struct [[gnu::packed]] TableRegister {
    std::uint16_t limit;
    std::uint64_t base;
};

constexpr std::uint64_t code_64 = 0x00af'9b00'0000'ffff;
constexpr std::uint64_t data_64 = 0x00cf'9300'0000'ffff;

// "TSS and LDT Descriptor in 64-bit Mode": 16 bytes, type 9 (available 64-bit TSS), present.
constexpr std::uint64_t task_low(std::uint64_t base)
{
    return (sizeof(TaskState) - 1) | (base & 0xff'ffff) << 16 | 0x89ull << 40 |
           (base >> 24 & 0xff) << 56;
}

} // namespace

void Descriptors::load()
{
    for (std::size_t slot = 0; slot < stacks_.size(); ++slot)
        task_.ist[slot] = reinterpret_cast<std::uint64_t>(stacks_[slot].data()) + stack_size;
    gdt_ = {0, code_64, data_64, task_low(task_base()), task_base() >> 32};

    const TableRegister gdtr{sizeof(gdt_) - 1, gdt_base()};
    asm volatile("lgdt %[gdtr]\n\t"
                 "push %[code]\n\t"
                 "lea 1f(%%rip), %%rax\n\t"
                 "push %%rax\n\t"
                 "lretq\n"
                 "1:\tmov %[data], %%ds\n\t"
                 "mov %[data], %%es\n\t"
                 "mov %[data], %%ss\n\t"
                 "ltr %[task]"
                 :
                 : [gdtr] "m"(gdtr), [code] "i"(selector::code), [data] "r"(selector::data),
                   [task] "r"(selector::task)
                 : "rax", "memory");
}

} // namespace lintel
