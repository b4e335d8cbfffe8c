// SPDX-License-Identifier: Apache-2.0
// Intel SDM Vol. 3, "MP Initialization Protocol Algorithm for MP Systems".
#include "boot/processors.hpp"

#include <array>
#include <optional>

#include "cpu/apic.hpp"
#include "cpu/clock.hpp"
#include "cpu/idt.hpp"
#include "cpu/log.hpp"
#include "cpu/this_cpu.hpp"
#include "mm/host_map.hpp"
#include "mm/machine_memory.hpp"

// What boot/processor_entry.S reads; one processor starts at a time.
extern "C" {
extern const std::uint64_t processor_trampoline_at, processor_trampoline_size;
constinit std::uint64_t processor_stack = 0;
constinit lintel::Cpu* processor_block = nullptr;
}

namespace lintel {

namespace {

constexpr unsigned block_order = 4;
constexpr std::uint64_t block_bytes = page_size << block_order;
static_assert(sizeof(Cpu) + 16 * 1024 <= block_bytes); // the rest of the block is the stack

void (*processor_continues)() = nullptr;

// A page of conventional memory with the trampoline in it, until the end of the scope.
class Trampoline {
public:
    explicit Trampoline(Mfn page) : page_{page}
    {
        __builtin_memcpy(saved_.data(), at_frame(page_), page_size);
        __builtin_memcpy(at_frame(page_), at_address(processor_trampoline_at),
                         processor_trampoline_size);
    }
    ~Trampoline() { __builtin_memcpy(at_frame(page_), saved_.data(), page_size); }
    Trampoline(const Trampoline&) = delete;
    Trampoline& operator=(const Trampoline&) = delete;

    std::uint8_t vector() const { return static_cast<std::uint8_t>(page_.number); }

private:
    static inline std::array<std::byte, page_size> saved_;
    Mfn page_;
};

std::optional<Mfn> conventional_page(const FrameSet& ram)
{
    constexpr Mfn first{1}, end{0x9f}; // not the interrupt vectors, not the firmware's data area
    for (Mfn page = end; page > first;) {
        page = {page.number - 1};
        if (ram.contains({page, 1}))
            return page;
    }
    return {};
}

void wait_microseconds(std::uint64_t microseconds)
{
    const std::uint64_t end = system_time_ns() + microseconds * 1000;
    while (system_time_ns() < end)
        pause();
}

// Whether the processor that `cpu` is for has announced itself before the time is over.
bool answers(const Cpu& cpu, std::uint64_t microseconds)
{
    for (const std::uint64_t end = system_time_ns() + microseconds * 1000;
         cpus().size() <= cpu.index; pause())
        if (system_time_ns() >= end)
            return false;
    return true;
}

bool start(Cpu& cpu, const Trampoline& trampoline)
{
    constexpr std::uint64_t init_us = 10'000, again_us = 200, most_us = 200'000;
    const std::uint64_t before = read_tsc();
    apic::send(cpu.apic_id, apic::Delivery::init, 0);
    wait_microseconds(init_us);
    apic::send(cpu.apic_id, apic::Delivery::start_up, trampoline.vector());
    if (!answers(cpu, again_us)) {
        apic::send(cpu.apic_id, apic::Delivery::start_up, trampoline.vector());
        if (!answers(cpu, most_us))
            return false;
    }
    // All clocks must be one: system time is computed from whichever TSC is at hand.
    if (cpu.start_tsc < before || cpu.start_tsc > read_tsc())
        log(LogLevel::warning, "processor {}: its TSC differs from the first one's", cpu.apic_id);
    return true;
}

Cpu* make_block(std::uint32_t apic_id)
{
    auto frames_of_block = frames().allocate(block_order, Owner::hypervisor);
    if (!frames_of_block.ok())
        return nullptr;
    auto& cpu = *new (at_frame(frames_of_block.value())) Cpu{};
    cpu.index = static_cast<unsigned>(cpus().size());
    cpu.apic_id = apic_id;
    cpu.stack_begin = reinterpret_cast<std::uint64_t>(&cpu) + sizeof(Cpu);
    cpu.stack_end = reinterpret_cast<std::uint64_t>(&cpu) + block_bytes;
    return &cpu;
}

} // namespace

extern "C" [[noreturn]] void processor_main(Cpu& cpu)
{
    use_host_map();
    adopt(cpu);
    load_idt();
    cpu.start_tsc = read_tsc();
    processor_continues(); // never returns
    __builtin_unreachable();
}

void start_processors(const acpi::Madt& madt, const FrameSet& ram, void (*main)())
{
    const auto page = conventional_page(ram);
    if (!page) {
        log(LogLevel::warning, "no memory below 1 MiB: only the first processor runs");
        return;
    }
    const Trampoline trampoline{*page};
    processor_continues = main;
    for (const auto& described : madt.cpus) {
        if (!described.enabled || described.id == this_cpu().apic_id)
            continue;
        Cpu* const cpu = cpus().size() < cpu_limit ? make_block(described.id) : nullptr;
        if (cpu == nullptr) {
            log(LogLevel::warning, "processor {} is left out: no memory or too many", described.id);
            continue;
        }
        processor_block = cpu;
        processor_stack = cpu->stack_end;
        if (!start(*cpu, trampoline)) {
            apic::send(described.id, apic::Delivery::init, 0); // not to wake up on another's stack
            log(LogLevel::warning, "processor {} does not start: it is left out", described.id);
        }
    }
}

} // namespace lintel
