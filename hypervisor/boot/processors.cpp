// SPDX-License-Identifier: Apache-2.0
// Intel SDM Vol. 3, "MP Initialization Protocol Algorithm for MP Systems".
#include "boot/processors.hpp"

#include <array>
#include <optional>

#include "cpu/apic.hpp"
#include "cpu/clock.hpp"
#include "cpu/idt.hpp"
#include "cpu/log.hpp"
#include "cpu/stop.hpp"
#include "cpu/this_cpu.hpp"
#include "mm/host_map.hpp"
#include "mm/machine_memory.hpp"
#include "vmx/machine.hpp"

namespace lintel {

// How far the processor that is being started has come. It goes from wanted to begun or to
// abandoned by compare-and-exchange, so that starter and started agree on whether it is left out.
enum class Progress : std::uint32_t {
    nobody = 0,
    wanted = 1, // it has been sent for
    begun = 2,  // by boot/processor_entry.S: it has its stack, and is waited for from now on
    asked = 3,  // for its clock
    answered = 4,
    refused = 5,   // it found that it cannot be used
    abandoned = 6, // it has not come; should it come yet, it touches nothing
};

static_assert(static_cast<unsigned>(Progress::wanted) == 1 &&
              static_cast<unsigned>(Progress::begun) == 2); // boot/processor_entry.S

} // namespace lintel

// What boot/processor_entry.S reads; one processor starts at a time.
extern "C" {
extern const std::uint64_t processor_trampoline_at, processor_trampoline_size;
constinit std::uint64_t processor_stack = 0;
constinit lintel::Cpu* processor_block = nullptr;
constinit std::uint32_t processor_apic_id = 0;
constinit auto processor_progress = lintel::Progress::nobody;
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

Progress progress()
{
    return __atomic_load_n(&processor_progress, __ATOMIC_ACQUIRE);
}

void set_progress(Progress made)
{
    __atomic_store_n(&processor_progress, made, __ATOMIC_RELEASE);
}

// Not before what precedes it in the program.
std::uint64_t tsc_in_order()
{
    asm volatile("lfence" ::: "memory");
    return read_tsc();
}

// Whether the processor begins before the time is over.
bool begins(std::uint64_t microseconds)
{
    for (const std::uint64_t end = system_time_ns() + microseconds * 1000;
         progress() != Progress::begun; pause())
        if (system_time_ns() >= end)
            return false;
    return true;
}

// False: it has begun after all.
bool abandon()
{
    Progress expected = Progress::wanted;
    return __atomic_compare_exchange_n(&processor_progress, &expected, Progress::abandoned, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

// It goes back to waiting for a start-up IPI: nothing else reaches it there, no NMI either.
void send_init(const Cpu& cpu)
{
    constexpr std::uint64_t init_us = 10'000;
    apic::send(cpu.apic_id, apic::Delivery::init, 0);
    wait_microseconds(init_us);
}

bool send_for(Cpu& cpu, const Trampoline& trampoline)
{
    constexpr std::uint64_t again_us = 200, most_us = 200'000;
    processor_block = &cpu;
    processor_stack = cpu.stack_end;
    processor_apic_id = cpu.apic_id;
    set_progress(Progress::wanted);
    send_init(cpu);
    apic::send(cpu.apic_id, apic::Delivery::start_up, trampoline.vector());
    if (begins(again_us))
        return true;
    apic::send(cpu.apic_id, apic::Delivery::start_up, trampoline.vector());
    return begins(most_us) || !abandon();
}

// All clocks must be one: system time is computed from whichever TSC is at hand. The other one's is
// read between two readings of ours, as close as words can be exchanged.
void compare_clocks(const Cpu& cpu)
{
    const std::uint64_t before = tsc_in_order();
    set_progress(Progress::asked);
    while (progress() == Progress::asked)
        pause();
    if (cpu.start_tsc < before || cpu.start_tsc > tsc_in_order())
        log(LogLevel::warning, "processor {}: its TSC differs from the first one's", cpu.apic_id);
}

// Whether it runs. It executes our code, so this ends soon.
bool joins(const Cpu& cpu)
{
    while (cpus().size() <= cpu.index && progress() != Progress::refused)
        pause();
    return progress() != Progress::refused;
}

// One that cannot be used is left out, and its block is free again.
void start(Cpu& cpu, const Trampoline& trampoline)
{
    if (send_for(cpu, trampoline)) {
        compare_clocks(cpu);
        if (joins(cpu))
            return;
    } else {
        log(LogLevel::warning, "processor {} does not start: it is left out", cpu.apic_id);
    }
    send_init(cpu);
    frames().free(frame_of(&cpu), block_order);
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
    while (progress() != Progress::asked)
        pause();
    cpu.start_tsc = tsc_in_order();
    set_progress(Progress::answered);
    const std::string_view complaint = start_vmx();
    if (!complaint.empty()) {
        log(LogLevel::warning, "processor {} is left out: {}", cpu.apic_id, complaint);
        set_progress(Progress::refused);
        hang();
    }
    apic::start();
    announce(cpu);
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
        start(*cpu, trampoline);
    }
}

} // namespace lintel
