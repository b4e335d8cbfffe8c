// SPDX-License-Identifier: Apache-2.0
// Segments and the task-state segment of one CPU. Intel SDM Vol. 3, "Task Management in 64-bit
// Mode".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lintel {

namespace selector {
inline constexpr std::uint16_t code = 0x08;
inline constexpr std::uint16_t data = 0x10;
inline constexpr std::uint16_t task = 0x18;
} // namespace selector

// Interrupt-stack-table slots: faults that can strike on a broken stack get stacks of their own.
enum class InterruptStack : std::uint8_t {
    none,
    nmi,
    double_fault,
    machine_check
};

struct [[gnu::packed]] TaskState {
    std::uint32_t reserved0 = 0;
    std::uint64_t rsp[3] = {};
    std::uint64_t reserved1 = 0;
    std::uint64_t ist[7] = {};
    std::uint64_t reserved2 = 0;
    std::uint16_t reserved3 = 0;
    std::uint16_t io_map = sizeof(TaskState);
};
static_assert(sizeof(TaskState) == 104);

class Descriptors {
public:
    // Fills the tables and loads GDTR, the segment registers and TR. Once per CPU.
    void load();
    std::uint64_t gdt_base() const { return reinterpret_cast<std::uint64_t>(gdt_.data()); }
    std::uint64_t task_base() const { return reinterpret_cast<std::uint64_t>(&task_); }

private:
    static constexpr std::size_t stack_size = 4096;
    std::array<std::uint64_t, 5> gdt_{};
    TaskState task_;
    alignas(16) std::array<std::array<std::byte, stack_size>, 3> stacks_{};
};

} // namespace lintel
